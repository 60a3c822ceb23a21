import { expect, test } from 'vitest';
import type { Figures } from '#lib/rollout/figures.ts';
import { judge } from '#lib/rollout/gate.ts';

const bounds = { maxErrorRate: 0.01, maxLatency: 2.5, minRequests: 20 };
const probes = { sent: 20, failed: 0 };

const figures = ({
  p95 = 0.3,
  samples = 100,
  ...overrides
}: Partial<Figures> & { p95?: number; samples?: number } = {}) => {
  const { requests = 100, errors = 0 } = overrides;
  return {
    requests,
    errors,
    errorRate: errors / requests,
    duration: { samples, p95 },
    firstToken: { samples: 0, p95: undefined },
    costPerRequest: undefined,
    restarts: 0,
    ...overrides,
  };
};

const judgeBoth = (canary: Figures, stable: Figures = figures(), isOver = false) =>
  judge({ canary, stable, probes }, bounds, isOver);

test('figures like those of the stable revision pass', () => {
  expect(judgeBoth(figures())).toEqual([]);
  expect(judgeBoth(figures(), figures(), true)).toEqual([]);
});

test('one error alone is judged when the step is over', () => {
  const canary = figures({ errors: 1, requests: 50 });
  expect(judgeBoth(canary)).toEqual([]);
  expect(judgeBoth(canary, figures(), true)).toEqual(['errors 2.0 %, at most 1.0 % allowed']);
  expect(judgeBoth(figures({ errors: 2, requests: 50 }))).toEqual(['errors 4.0 %, at most 1.0 % allowed']);
});

test('the stable revision’s own errors are allowed for', () => {
  const stable = figures({ errors: 10 });
  expect(judgeBoth(figures({ errors: 11 }), stable, true)).toEqual([]);
  expect(judgeBoth(figures({ errors: 12 }), stable)).toEqual(['errors 12.0 %, at most 11.0 % allowed']);
});

test('a pod that was restarted ends the step, unless the stable revision has the same', () => {
  expect(judgeBoth(figures({ restarts: 1 }))).toEqual(['a pod was restarted']);
  expect(judgeBoth(figures({ restarts: 1 }), figures({ restarts: 1 }))).toEqual([]);
});

test('latency is judged against the bound or one and a half times the stable one', () => {
  expect(judgeBoth(figures({ p95: 2.4 }))).toEqual([]);
  expect(judgeBoth(figures({ p95: 2.6 }))).toEqual(['p95 2.60 s, at most 2.50 s allowed']);
  expect(judgeBoth(figures({ p95: 5.9 }), figures({ p95: 4 }))).toEqual([]);
  expect(judgeBoth(figures({ p95: 6.1 }), figures({ p95: 4 }))).toEqual(['p95 6.10 s, at most 6.00 s allowed']);
  expect(judgeBoth(figures({ p95: 5.9 }), figures({ p95: 4, samples: 4 }))).toHaveLength(1);
});

test('a few slow answers end no step early, and one alone none at all', () => {
  expect(judgeBoth(figures({ p95: 9, samples: 19 }))).toEqual([]);
  expect(judgeBoth(figures({ p95: 9, samples: 19 }), figures(), true)).toHaveLength(1);
  expect(judgeBoth(figures({ p95: 9, samples: 4 }), figures(), true)).toEqual([]);
});

test('the first token has the same bounds', () => {
  const canary = figures({ firstToken: { samples: 30, p95: 3 } });
  expect(judgeBoth(canary)).toEqual(['first token p95 3.00 s, at most 2.50 s allowed']);
});

test('cost is judged where both are known', () => {
  const dear = figures({ costPerRequest: 0.002 });
  expect(judgeBoth(dear)).toEqual([]);
  expect(judgeBoth(dear, figures({ costPerRequest: 0.0014 }))).toEqual([]);
  expect(judgeBoth(dear, figures({ costPerRequest: 0.001 }))).toHaveLength(1);
  expect(judgeBoth(dear, figures({ costPerRequest: 0.001, requests: 3 }))).toEqual([]);
});

test('requests of the rollout that fail count although the canary never counted them', () => {
  const observe = (failed: number) =>
    judge({ canary: figures(), stable: figures(), probes: { sent: 20, failed } }, bounds, false);
  expect(observe(1)).toEqual([]);
  expect(observe(2)).toEqual(['2 of 20 smoke requests failed']);
});
