import { expect, test, vi } from 'vitest';
import { createTrailWorld, scope } from './trail-world.ts';

/** Readings, which wait for one another before they are written. */

const access = { action: 'document.read', target: 'a' };
const patient = { timeout: 15_000 };

test('readings go into few blocks', async () => {
  const { trail, events, state } = createTrailWorld();
  for (let index = 0; index < 1_000; index += 1) trail.recordAccess(scope, { ...access, target: `${index}` });
  await vi.waitFor(async () => expect(await events()).toHaveLength(1_000), patient);
  expect(state.appended).toBeLessThanOrEqual(3);
  expect((await events()).map(({ target }) => Number(target))).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
});

test('so many events wait at most; one more is in the log, counted, and said to be lost', async () => {
  const { trail, events, state, logged, metric } = createTrailWorld({ maxWaiting: 10 });
  state.mode = 'down';
  for (let index = 0; index < 13; index += 1) trail.recordAccess(scope, { ...access, target: `${index}` });
  expect(await metric('genai_audit_pending_events')).toBe(10);
  expect(await metric('genai_audit_events_lost_total')).toBe(3);
  expect(logged.filter(({ event }) => event === 'audit')).toHaveLength(13);
  await vi.waitFor(() => {
    const lost = logged.filter(({ event }) => event === 'audit_lost');
    expect(lost.reduce((sum, { count }) => sum + Number(count), 0)).toBe(3);
  }, patient);
  state.mode = 'up';
  await vi.waitFor(async () => expect(await events()).toHaveLength(10), patient);
  expect(await metric('genai_audit_pending_events')).toBe(0);
});

test('on its close a trail writes what waits', async () => {
  const { trail, events } = createTrailWorld();
  for (let index = 0; index < 700; index += 1) trail.recordAccess(scope, access);
  await trail.close();
  expect(await events()).toHaveLength(700);
});

test('what waits when the process ends at once is lost, and that is said once', async () => {
  const { trail, state, logged, metric } = createTrailWorld({ closeMilliseconds: 100 });
  trail.recordAccess(scope, access);
  await vi.waitFor(async () => expect(await metric('genai_audit_pending_events')).toBe(0), { timeout: 20_000 });
  state.mode = 'frozen';
  for (let index = 0; index < 7; index += 1) trail.recordAccess(scope, access);
  const closing = trail.close();
  trail.giveUp();
  const lost = () => logged.filter(({ event }) => event === 'audit_lost');
  expect(lost()).toMatchObject([{ count: 7 }]);
  await closing;
  expect(lost()).toHaveLength(1);
  expect(await metric('genai_audit_events_lost_total')).toBe(7);
});

test('what can not be written until the end is lost, and that is said', async () => {
  const { trail, state, logged, metric } = createTrailWorld({ closeMilliseconds: 100 });
  state.mode = 'down';
  for (let index = 0; index < 7; index += 1) trail.recordAccess(scope, access);
  await trail.close();
  expect(logged.at(-1)).toMatchObject({ event: 'audit_lost', count: 7 });
  expect(await metric('genai_audit_events_lost_total')).toBe(7);
  expect(await metric('genai_audit_append_failures_total')).toBeGreaterThan(0);
});
