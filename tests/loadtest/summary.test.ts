import { expect, test } from 'vitest';
import { parseArtilleryOutput } from '../../loadtest/report/artillery-output.ts';
import { toSummary } from '../../loadtest/report/summary.ts';
import { toThresholds } from '../../loadtest/report/thresholds.ts';
import { createFacts, createOutput, distribution } from './output.ts';

test('the series has the rates and percentiles of each period, in order', () => {
  const { series } = toSummary(parseArtilleryOutput(JSON.stringify(createOutput())), createFacts());
  expect(series).toEqual([
    // The run begins in the middle of its first period and ends in the middle of its second.
    { at: 0, requestsPerSecond: 20, errorsPerSecond: 0, p50: 10, p95: 20, p99: 30 },
    { at: 5, requestsPerSecond: 50, errorsPerSecond: 2, p50: undefined, p95: undefined, p99: undefined },
  ]);
});

test('a summary tells each endpoint, each cause and how the first tokens came', () => {
  const summary = toSummary(parseArtilleryOutput(JSON.stringify(createOutput())), createFacts());
  expect(summary).toMatchObject({
    startedAt: '2023-11-14T22:13:25.000Z',
    seconds: 10,
    requests: 350,
    errors: 10,
    leaks: 1,
    truncated: 4,
    wrong: 6,
  });
  expect(summary.endpoints.map(({ endpoint, requests, errors }) => [endpoint, requests, errors])).toEqual([
    ['search', 300, 0],
    ['stream', 50, 10],
  ]);
  expect(summary.causes).toEqual([
    { cause: 'stream truncated', count: 4 },
    { cause: 'wrong answer', count: 6 },
  ]);
  expect(summary.firstTokenBuckets.filter(({ count }) => count > 0)).toEqual([
    { label: '≤ 25 ms', count: 39 },
    { label: 'more', count: 1 },
  ]);
});

test('output that is not Artillery’s is refused', () =>
  expect(() => parseArtilleryOutput('{"aggregate":{}}')).toThrow());

const good = { requests: 1_000, errors: 9, leaks: 0, p95: 2_500, quiet: undefined };
const failing = (changes: Partial<Parameters<typeof toThresholds>[0]>) =>
  toThresholds({ ...good, ...changes }).flatMap(({ name, isMet }) => (isMet ? [] : [name]));

test('a run at its limits passes', () => expect(failing({})).toEqual([]));

test.each([
  ['one leak', { leaks: 1 }, ['leaks']],
  ['errors of one percent', { errors: 10 }, ['errors']],
  ['a p95 above its limit', { p95: 2_501 }, ['p95, of streams to the first token']],
  ['nothing at all', { requests: 0, errors: 0, p95: undefined }, ['p95, of streams to the first token', 'errors']],
])('%s fails', (_name, changes, expected) => expect(failing(changes)).toEqual(expected));

test('a quiet tenant may wait a little longer beside a noisy one, not much', () => {
  expect(failing({ quiet: { alone: 20, beside: 260 } })).toEqual([]);
  expect(failing({ quiet: { alone: 400, beside: 800 } })).toEqual([]);
  expect(failing({ quiet: { alone: 400, beside: 801 } })).toEqual(['p95 of the quiet tenants beside the noisy one']);
});

test('the quiet tenants are compared where there is a noisy one', () => {
  const output = createOutput({ 'load.quiet_alone': distribution(10), 'load.quiet_beside': distribution(900) });
  const summary = toSummary(parseArtilleryOutput(JSON.stringify(output)), createFacts());
  expect(summary.quiet).toEqual({ alone: 20, beside: 1_800 });
  expect(summary.thresholds.at(-1)).toMatchObject({ isMet: false });
});
