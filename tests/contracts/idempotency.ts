import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createIdempotency } from '#lib/idempotency/create-idempotency.ts';
import { maxAnswerLength, type Attempt, type KeyedRequest } from '#lib/idempotency/idempotency.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Actor, PlatformActor, TenantScope } from '#lib/tenancy/tenant-scope.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

export interface IdempotencyUnderTest {
  store: StateStore;
  /** Lets so many milliseconds pass for the store. */
  pass(milliseconds: number): Promise<void>;
}

const answer = {
  status: 201,
  headers: { 'content-type': 'application/json', 'x-genai-cached': 'false' },
  body: '{"text":"ä 😀\\u0000"}',
};
const isRunning = { code: 'conflict', retryAfter: 1 };

/** What is lost with a process: nothing of it is heard again. */
const neverRenewed = { pulseSeconds: 1, renewMilliseconds: 600_000 };
const renewed = { pulseSeconds: 1, renewMilliseconds: 200 };

interface Timing {
  pulseSeconds?: number;
  renewMilliseconds?: number;
  maxMilliseconds?: number;
}

/** One process: it begins requests on the store and ends them. */
function createProcess(store: StateStore, options: Timing = {}) {
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
const fresh = (claims: Parameters<typeof createScope>[1] = {}): TenantScope =>
  createScope(`tenant-${Date.now()}-${(names += 1)}`, claims);

const platformActor = (userId: string): PlatformActor => ({
  role: 'platform_admin',
  tenantId: undefined,
  userId,
  origin: fresh().origin,
});

/** Everything that an implementation of the state store must give idempotency. */
export function describeIdempotency(name: string, create: () => Promise<IdempotencyUnderTest>): void {
  describe(`idempotency on ${name}`, () => {
    const use = async (options: Timing = {}) => {
      const { store, pass } = await create();
      return { store, pass, ...createProcess(store, options) };
    };

    test('the same request has the answer that it had, from every process, and each time it is audited', async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      await (await begin(scope)).keep(answer);
      expect(await send(scope)).toEqual({ answer });
      const other = createProcess(store);
      expect(await other.send(scope)).toEqual({ answer });
      expect(other.accesses).toEqual([[scope, { action: 'answer.replay', target: 'POST /' }]]);
    });

    test('of 50 at once one is carried out', async () => {
      const { store } = await use();
      const scope = fresh();
      const processes = [createProcess(store), createProcess(store)];
      const sent = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => processes[index % 2]?.send(scope)),
      );
      const begun = sent.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
      expect(begun).toEqual([{ attempt: expect.anything() }]);
      const refusals = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refusals).toHaveLength(49);
      for (const refusal of refusals) expect(refusal).toMatchObject(isRunning);
    });

    test.each([{ content: 'other' }, { target: 'PUT /' }])(
      'another request with the key is refused: %j',
      async (other) => {
        const { send, begin } = await use();
        const scope = fresh();
        const attempt = await begin(scope);
        await expect(send(scope, other)).rejects.toMatchObject({ code: 'idempotency_conflict' });
        await attempt.keep(answer);
        await expect(send(scope, other)).rejects.toMatchObject({ code: 'idempotency_conflict' });
      },
    );

    test('a key that was let go of is as good as new', async () => {
      const { send, begin } = await use();
      const scope = fresh();
      const first = await begin(scope);
      await first.free();
      await first.keep(answer);
      const second = await begin(scope, { content: 'other' });
      expect(second.callId).not.toBe(first.callId);
      await second.keep(answer);
      await second.free();
      expect(await send(scope, { content: 'other' })).toEqual({ answer });
    });

    test('an answer that is too long is not kept, and not made again', async () => {
      const { send, begin } = await use();
      const scope = fresh();
      const body = 'x'.repeat(maxAnswerLength);
      await (await begin(scope)).keep({ ...answer, body });
      expect(await send(scope)).toEqual({ answer: { ...answer, body } });
      for (const longer of [`${body}x`, randomBytes(256 * 1024).toString('base64'), undefined]) {
        const key = crypto.randomUUID();
        await (await begin(scope, { key })).keep(longer === undefined ? undefined : { ...answer, body: longer });
        await expect(send(scope, { key })).rejects.toMatchObject({ code: 'conflict', retryAfter: undefined });
      }
    });

    test('what was lost with its process goes on in another one as the same call, and has nothing to say any more', async () => {
      const { store, pass, begin } = await use(neverRenewed);
      const scope = fresh();
      const lost = await begin(scope);
      const other = createProcess(store);
      await expect(other.send(scope)).rejects.toMatchObject(isRunning);
      await pass(1_100);
      await expect(other.send(scope, { content: 'other' })).rejects.toMatchObject({ code: 'idempotency_conflict' });
      const second = await other.begin(scope);
      expect(second.callId).toBe(lost.callId);
      await lost.keep({ ...answer, body: 'late' });
      await expect(other.send(scope)).rejects.toMatchObject(isRunning);
      await second.keep(answer);
      expect(await other.send(scope)).toEqual({ answer });
    });

    test('a request that runs for long is not taken for lost', async () => {
      const { pass, send, begin } = await use(renewed);
      const scope = fresh();
      await begin(scope);
      for (let time = 0; time < 4; time += 1) await pass(400);
      await expect(send(scope)).rejects.toMatchObject(isRunning);
    });

    test('a request that does not end is taken for lost after the longest time that one may take', async () => {
      const { store, pass, begin } = await use({ ...renewed, maxMilliseconds: 400 });
      const scope = fresh();
      const endless = await begin(scope);
      await pass(1_800);
      expect((await createProcess(store).begin(scope)).callId).toBe(endless.callId);
    });

    test('what comes to nothing leaves no pulse behind: what was let go of, given again or refused', async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      const pulses = () => store.list(scope.collection('idempotency-pulse'), { limit: 10 }, calm);
      const attempt = await begin(scope);
      const [own] = await pulses();
      await expect(send(scope)).rejects.toMatchObject(isRunning);
      await expect(send(scope, { content: 'other' })).rejects.toMatchObject({ code: 'idempotency_conflict' });
      await expect.poll(pulses).toEqual([own]);
      await attempt.free();
      expect(await pulses()).toEqual([]);
      await (await begin(scope)).keep(answer);
      const kept = await pulses();
      await send(scope);
      await expect.poll(pulses).toEqual(kept);
    });

    test.each([
      ['tenant', {}, 'other'],
      ['incarnation of the name', { incarnation: 'second' }, ''],
      ['user', { userId: 'user-2' }, ''],
      ['role', { role: 'reader' }, ''],
      ['API key', { keyId: 'key-1' }, ''],
      ['set of groups', { groups: ['a'] }, ''],
    ] as const)(
      "another %s has keys of its own, and none of the first one's answers",
      async (_name, claims, suffix) => {
        const { send, begin } = await use();
        const scope = fresh();
        const other = createScope(`${scope.tenantId}${suffix}`, claims);
        await (await begin(scope)).keep(answer);
        const own = { ...answer, body: 'own' };
        await (await begin(other, { content: 'other' })).keep(own);
        expect(await send(other, { content: 'other' })).toEqual({ answer: own });
        expect(await send(scope)).toEqual({ answer });
      },
    );

    test("the order of a user's groups means nothing", async () => {
      const { send, begin } = await use();
      const scope = fresh({ groups: ['a', 'b'] });
      await (await begin(scope)).keep(answer);
      expect(await send(createScope(scope.tenantId, { groups: ['b', 'a'] }))).toEqual({ answer });
    });

    test('administrators of the platform have keys of their own', async () => {
      const { send, begin } = await use();
      const [one, other] = [platformActor(`admin-${(names += 1)}`), platformActor(`admin-${(names += 1)}`)];
      const key = crypto.randomUUID();
      await (await begin(one, { key })).keep(answer);
      expect(await send(one, { key })).toEqual({ answer });
      await begin(other, { key, content: 'other' });
    });

    test("an erasure takes a tenant's answers with it, and nothing comes back of what was under way", async () => {
      const { store, pass, send, begin } = await use(renewed);
      const scope = fresh();
      await (await begin(scope, { key: 'kept' })).keep(answer);
      const running = await begin(scope, { key: 'running' });
      expect(await store.clearTenant(scope, calm)).toBeGreaterThan(0);
      await pass(500);
      await running.keep(answer);
      expect(await store.clearTenant(scope, calm)).toBe(0);
      expect(await send(scope, { key: 'kept' })).toHaveProperty('attempt');
      expect(await send(scope, { key: 'running' })).toHaveProperty('attempt');
    });

    test("the answer of an erasure itself stays, with the tenant's account", async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      const attempt = await begin(scope, { outlivesErasure: true });
      await store.clearTenant(scope, calm);
      await attempt.keep(answer);
      const next = createScope(scope.tenantId, { incarnation: 'second', signingKey: new Uint8Array(32) });
      expect(await send(next, { outlivesErasure: true })).toEqual({ answer });
    });

    test('whoever has the store alone reads nothing of request, key and answer, nor can it pass one off for another', async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      for (const key of ['key-of-the-first', 'key-of-the-second']) {
        await (await begin(scope, { key, content: 'what was asked' })).keep({ ...answer, body: `answer to ${key}` });
      }
      const collection = scope.collection('idempotency');
      const [first, second] = await store.list(collection, { limit: 10 }, calm);
      const everything = JSON.stringify([first, second]);
      for (const text of ['key-of-the', 'what was', 'answer to', '201']) expect(everything).not.toContain(text);
      const swapped = { ...JSON.parse(first?.value ?? ''), answer: JSON.parse(second?.value ?? '').answer };
      await store.put(collection.key(first?.id ?? ''), JSON.stringify(swapped), {}, calm);
      const sent = await Promise.allSettled(
        ['key-of-the-first', 'key-of-the-second'].map((key) => send(scope, { key, content: 'what was asked' })),
      );
      expect(sent.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    });
  });
}
