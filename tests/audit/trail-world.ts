import { onTestFinished } from 'vitest';
import type { AuditStore } from '#lib/audit/audit-store.ts';
import { createAuditTrail } from '#lib/audit/create-audit-trail.ts';
import { auditSchema, createSqliteAuditStore } from '#lib/audit/store-sqlite.ts';
import { ApiError } from '#lib/core/api-error.ts';
import { openDatabase } from '#lib/core/sqlite.ts';
import { createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';
import { readChain } from './read-chain.ts';

export type AuditStoreMode =
  | 'up'
  /** Refuses at once. */
  | 'down'
  /** Answers when the caller has lost its patience. */
  | 'frozen'
  /** Takes what is sent, and its answer is lost. */
  | 'mute';

export const scope = createScope('acme');
const chain = 'acme.account-first';

const unavailable = () => new ApiError('search_unavailable', undefined, { retryAfter: 5 });

const frozen = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** A store that can be broken and mended, over a real one. */
function createBreakable(store: AuditStore) {
  const state: { mode: AuditStoreMode; appended: number } = { mode: 'up', appended: 0 };

  async function obstruct(signal: AbortSignal): Promise<void> {
    if (state.mode === 'down') throw unavailable();
    if (state.mode === 'frozen') await frozen(signal);
  }

  const breakable: AuditStore = {
    ...store,
    async append(block, signal) {
      await obstruct(signal);
      const isWritten = await store.append(block, signal);
      state.appended += 1;
      if (state.mode === 'mute') throw unavailable();
      return isWritten;
    },
    async findHead(...question) {
      await obstruct(question[2]);
      return store.findHead(...question);
    },
  };
  return { breakable, state };
}

/** A trail over a store in memory; `now` is its clock. */
export function createTrailWorld({ maxWaiting = 10_000, writeMilliseconds = 5_000, closeMilliseconds = 5_000 } = {}) {
  const store = createSqliteAuditStore(openDatabase(':memory:', auditSchema));
  const { breakable, state } = createBreakable(store);
  const telemetry = createRecordedTelemetry();
  const clock = { at: Date.parse('2026-05-01T12:00:00.000Z') };
  const create = () =>
    createAuditTrail({
      ...telemetry,
      store: breakable,
      signCheckpoint: undefined,
      now: () => clock.at,
      maxWaiting,
      writeMilliseconds,
      closeMilliseconds,
    });
  const trail = create();
  onTestFinished(async () => {
    state.mode = 'up';
    await trail.close();
    await store.close();
  });
  const events = () => readChain(store, chain);
  return {
    trail,
    /** Another process on the same store. */
    createOther: create,
    state,
    clock,
    logged: telemetry.logged,
    events,
    told: async () => (await events()).map(({ action, target, outcome }) => `${action} ${target} ${outcome}`),
    async metric(name: string): Promise<number> {
      const { text } = await telemetry.metrics.expose();
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
    },
  };
}
