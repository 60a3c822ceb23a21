import { expect, test } from 'vitest';
import { createRollBack } from '#lib/rollout/roll-back.ts';
import { calm } from '#tests/support/scope.ts';
import { createWorld } from './world.ts';

const percentOf = (shift: string) => Number(/query-00002=(\d+)/.exec(shift)?.[1] ?? 0);

test('killed after any of its writes, it goes on where it was', async () => {
  const whole = createWorld();
  await whole.start();
  const { length } = whole.services.patches;
  expect(length).toBeGreaterThan(8);

  for (let write = 1; write <= length; write += 1) {
    const { services, start, pass } = createWorld();
    services.killAt(write);
    await expect(start()).rejects.toThrow('The process is killed');
    services.revive();
    await pass(1_000);
    const outcome = await start({}, { holder: 'two' });
    const percents = services.shifts.slice(0, -1).map(percentOf);
    expect(outcome, `write ${write}`).toBe(write === length ? 'unchanged' : 'promoted');
    expect(percents, `write ${write}`).toEqual(percents.toSorted((a, b) => a - b));
    expect(services.shifts.at(-1)).toBe('@latest=100');
    expect(services.patches.filter(({ containers }) => containers)).toHaveLength(1);
    expect(Object.keys(services.present().annotations)).toEqual(['rollout.genai-platform/previous']);
  }
});

test('a step that was interrupted keeps what it has counted and how long it lasted', async () => {
  const { services, start, timing, lines } = createWorld();
  const stop = new AbortController();
  let seen = 0;
  const report = (line: string) => {
    seen += line.startsWith('25 %') ? 1 : 0;
    if (seen === 8) stop.abort();
  };
  await expect(start({}, { signal: stop.signal, report })).rejects.toMatchObject({ name: 'AbortError' });
  const stoppedAt = timing.now();
  const before = services.shifts.length;
  // The claim was given back: nobody waits for its end.
  let half: number | undefined;
  const note = (line: string) => {
    if (line.startsWith('50 %')) half ??= timing.now();
  };
  await expect(start({}, { holder: 'two', report: note })).resolves.toBe('promoted');
  expect(services.shifts[before]).toBe('query-00001=75 query-00002=25#canary');
  expect(lines).toContain('going on at 25 % of the traffic');
  expect((half ?? Infinity) - stoppedAt).toBeLessThan(60_000);
});

test('interrupted, it leaves the traffic as it is', async () => {
  const { services, start } = createWorld();
  const stop = new AbortController();
  const report = (line: string) => {
    if (line.startsWith('5 %')) stop.abort();
  };
  await expect(start({}, { signal: stop.signal, report })).rejects.toMatchObject({ name: 'AbortError' });
  expect(services.shifts.at(-1)).toBe('query-00001=95 query-00002=5#canary');
  expect(Object.keys(services.present().annotations)).toEqual(['rollout.genai-platform/state']);
});

test('an unfinished rollout is not mixed up with another one', async () => {
  const { services, start } = createWorld();
  services.killAt(5);
  await expect(start()).rejects.toThrow('killed');
  services.revive();
  await expect(start({ image: 'genai:3' }, { holder: 'two' })).rejects.toThrow('is unfinished');
  await expect(start({ image: undefined }, { holder: 'two' })).resolves.toBe('promoted');
});

test('a second rollout at the same time is refused, and the first goes on', async () => {
  const { start } = createWorld();
  const [one, two] = await Promise.allSettled([start(), start({}, { holder: 'two' })]);
  const outcomes = [one, two].map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)));
  expect(outcomes.toSorted()).toEqual([expect.stringMatching(/^Error: query is being rolled out by /), 'promoted']);
});

test('a rollback ends a running rollout, whose process then changes nothing more', async () => {
  const { services, start, edit } = createWorld();
  const rollBack = createRollBack({ services, edit });
  const rollingBack: Promise<string>[] = [];
  const report = (line: string) => {
    if (line.startsWith('25 %') && rollingBack.length === 0) rollingBack.push(rollBack('query', calm));
  };
  await expect(start({}, { report })).rejects.toThrow('was ended or taken over by another');
  expect(await Promise.all(rollingBack)).toEqual([
    'the rollout of query-00002 is ended: all traffic is back at query-00001',
  ]);
  expect(services.shifts.at(-1)).toBe('query-00001=100');
  expect(services.present().annotations).toEqual({ 'rollout.genai-platform/rejected': '["query-00002"]' });
});
