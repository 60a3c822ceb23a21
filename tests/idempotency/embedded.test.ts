import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createIdempotency } from '#lib/idempotency/create-idempotency.ts';
import { createSqliteState } from '#lib/state/create-sqlite-state.ts';
import type { StateStore } from '#lib/state/store.ts';
import { describeIdempotencyOwners } from '#tests/contracts/idempotency-owners.ts';
import { describeIdempotency } from '#tests/contracts/idempotency.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

const scope = createScope('acme');
const request = { key: 'key', target: 'POST /', content: '', outlivesErasure: false };
const answer = { status: 200, headers: {}, body: 'answer' };

function openStore(now: () => number = Date.now): StateStore {
  const directory = mkdtempSync(join(tmpdir(), 'genai-idempotency-'));
  const state = createSqliteState(join(directory, 'state.db'), now);
  onTestFinished(async () => {
    await state.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return state.store;
}

function create(store: StateStore, renewMilliseconds = 10_000) {
  const { logger, logged } = createRecordedTelemetry();
  const audit = { recordAccess: () => undefined };
  const idempotency = createIdempotency({
    store,
    logger,
    audit,
    randomId: () => crypto.randomUUID(),
    renewMilliseconds,
  });
  return { logged, send: (signal = calm) => idempotency(scope, request, signal) };
}

const openUnderTest = async () => ({ store: openStore(), pass: (milliseconds: number) => wait(milliseconds) });
describeIdempotency('the embedded store', openUnderTest);
describeIdempotencyOwners('the embedded store', openUnderTest);

test('an answer is kept for 24 hours from when it was given', async () => {
  let time = Date.now();
  const { send } = create(openStore(() => time));
  const begun = await send();
  time += 20_000;
  if ('attempt' in begun) await begun.attempt.keep(answer);
  time += 24 * 60 * 60 * 1_000 - 1;
  expect(await send()).toEqual({ answer });
  time += 1;
  expect(await send()).toHaveProperty('attempt');
});

test('of a key that was let go of nothing is left a minute later', async () => {
  let time = Date.now();
  const store = openStore(() => time);
  const begun = await create(store).send();
  if ('attempt' in begun) await begun.attempt.free();
  time += 60_000;
  for (const kind of ['idempotency', 'idempotency-pulse']) {
    expect(await store.list(scope.collection(kind), { limit: 10 }, calm)).toEqual([]);
  }
});

test('what was taken for lost changes nothing of a key that was let go of meanwhile and used anew', async () => {
  let time = Date.now();
  const { send } = create(openStore(() => time));
  const { attempt: lost } = Object(await send());
  time += 30_000;
  await Object(await send()).attempt.free();
  time += 60_000;
  const { attempt } = Object(await send());
  await lost.keep({ ...answer, body: 'late' });
  await expect(send()).rejects.toMatchObject({ code: 'conflict' });
  await attempt.keep(answer);
  expect(await send()).toEqual({ answer });
});

test('a request that was lost can be sent again 30 s later, as the same call', async () => {
  let time = Date.now();
  const { send } = create(openStore(() => time));
  const lost = await send();
  time += 29_999;
  await expect(send()).rejects.toMatchObject({ code: 'conflict' });
  time += 1;
  const second = await send();
  expect(Object(second).attempt.callId).toBe(Object(lost).attempt.callId);
});

test('where the store does not answer nothing is carried out, and what it forgets does not fail the request', async () => {
  const store = openStore();
  let isAway = true;
  const put: StateStore['put'] = async (...all) => {
    if (isAway) throw new ApiError('state_unavailable', undefined, { retryAfter: 2 });
    return store.put(...all);
  };
  const { send, logged } = create({ ...store, put });
  await expect(send()).rejects.toMatchObject({ code: 'state_unavailable', retryAfter: 2 });
  isAway = false;
  const { attempt } = Object(await send());
  isAway = true;
  await attempt.keep(answer);
  expect(logged).toMatchObject([{ event: 'idempotency_not_recorded', request_id: 'request-1' }]);
});

test('what has come to an end has no pulse any more', async () => {
  let calls = 0;
  const store = openStore();
  const get: StateStore['get'] = (...all) => {
    calls += 1;
    return store.get(...all);
  };
  const { send } = create({ ...store, get }, 5);
  const { attempt } = Object(await send());
  await expect.poll(() => calls).toBeGreaterThan(2);
  await attempt.keep(answer);
  await wait(20);
  const last = calls;
  await wait(50);
  expect(calls).toBe(last);
});

test('a client that has left begins nothing', async () => {
  const { send } = create(openStore());
  await expect(send(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  expect(await send()).toHaveProperty('attempt');
});

test('a client that leaves while its request is being written down leaves its key free', async () => {
  const store = openStore();
  const left = new AbortController();
  const put: StateStore['put'] = async (key, value, options, signal) => {
    const isWritten = await store.put(key, value, options, signal);
    if (value.includes('running')) left.abort();
    signal.throwIfAborted();
    return isWritten;
  };
  await expect(create({ ...store, put }).send(left.signal)).rejects.toMatchObject({ name: 'AbortError' });
  await expect.poll(() => create(store).send().catch(Object)).toHaveProperty('attempt');
});

test('a request whose record was written without an answer of the store leaves its key free', async () => {
  const store = openStore();
  const put: StateStore['put'] = async (key, value, options, signal) => {
    const isWritten = await store.put(key, value, options, signal);
    if (value.includes('running')) throw new ApiError('state_unavailable');
    return isWritten;
  };
  await expect(create({ ...store, put }).send()).rejects.toMatchObject({ code: 'state_unavailable' });
  await expect.poll(() => create(store).send().catch(Object)).toHaveProperty('attempt');
});

test.each([
  ['before', 'keep'],
  ['after', 'keep'],
  ['before', 'free'],
  ['after', 'free'],
] as const)(
  'a store that fails for a moment, %s it has written, changes nothing of what comes of %s',
  async (when, end) => {
    const store = openStore();
    let faults = 0;
    const put: StateStore['put'] = async (...all) => {
      const isFailing = faults > 0;
      faults -= 1;
      if (isFailing && when === 'before') throw new ApiError('state_unavailable');
      const isWritten = await store.put(...all);
      if (isFailing) throw new ApiError('state_unavailable');
      return isWritten;
    };
    const { send, logged } = create({ ...store, put });
    const { attempt } = Object(await send());
    faults = 3;
    if (end === 'keep') await attempt.keep(answer);
    else await attempt.free();
    faults = 0;
    expect(logged).toEqual([]);
    const next = Object(await send());
    if (end === 'keep') expect(next).toEqual({ answer });
    else expect(next.attempt.callId).not.toBe(attempt.callId);
  },
);
