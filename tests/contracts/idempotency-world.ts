import { onTestFinished } from 'vitest';
import { createIdempotency } from '#lib/idempotency/create-idempotency.ts';
import type { Attempt, KeyedRequest } from '#lib/idempotency/idempotency.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Actor, PlatformActor, TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

export interface IdempotencyUnderTest {
  store: StateStore;
  /** Lets so many milliseconds pass for the store. */
  pass(milliseconds: number): Promise<void>;
}

export const answer = {
  status: 201,
  headers: { 'content-type': 'application/json', 'x-genai-cached': 'false' },
  body: '{"text":"ä 😀\\u0000"}',
};
export const isRunning = { code: 'conflict', retryAfter: 1 };

/** What is lost with a process: nothing of it is heard again. */
export const neverRenewed = { pulseSeconds: 1, renewMilliseconds: 600_000 };
export const renewed = { pulseSeconds: 1, renewMilliseconds: 200 };

export interface Timing {
  pulseSeconds?: number;
  renewMilliseconds?: number;
  maxMilliseconds?: number;
}

/** One process: it begins requests on the store and ends them. */
export function createProcess(store: StateStore, options: Timing = {}) {
  const accesses: unknown[] = [];
  const idempotency = createIdempotency({
    store,
    logger: createRecordedTelemetry().logger,
    audit: { recordAccess: (...all) => void accesses.push(all) },
    randomId: () => crypto.randomUUID(),
    ...options,
  });
  const send = (actor: Actor, changes: Partial<KeyedRequest> = {}) =>
    idempotency(actor, { key: 'key', target: 'POST /', content: 'content', outlivesErasure: false, ...changes }, calm);

  /** Fails where the request is not carried out. */
  async function begin(actor: Actor, changes: Partial<KeyedRequest> = {}): Promise<Attempt> {
    const begun = await send(actor, changes);
    if (!('attempt' in begun)) throw new Error('The request had an answer');
    onTestFinished(() => begun.attempt.free());
    return begun.attempt;
  }
  return { send, begin, accesses };
}

let names = 0;
export const fresh = (claims: Parameters<typeof createScope>[1] = {}): TenantScope =>
  createScope(`tenant-${Date.now()}-${(names += 1)}`, claims);

export const platformActor = (userId: string): PlatformActor => ({
  role: 'platform_admin',
  tenantId: undefined,
  userId,
  origin: fresh().origin,
});

/** Has a process of its own on a store of its own. */
export const createUse =
  (create: () => Promise<IdempotencyUnderTest>) =>
  async (options: Timing = {}) => {
    const { store, pass } = await create();
    return { store, pass, ...createProcess(store, options) };
  };
