import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { maxAnswerLength } from '#lib/idempotency/idempotency.ts';
import { calm } from '#tests/support/scope.ts';
import {
  answer,
  createProcess,
  createUse,
  fresh,
  isRunning,
  neverRenewed,
  renewed,
  type IdempotencyUnderTest,
} from './idempotency-world.ts';

/** What becomes of a request that is sent again, on every state store. */
export function describeIdempotency(name: string, create: () => Promise<IdempotencyUnderTest>): void {
  describe(`idempotency on ${name}`, () => {
    const use = createUse(create);

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
  });
}
