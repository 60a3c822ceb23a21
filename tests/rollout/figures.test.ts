import { expect, test } from 'vitest';
import { toFigures, type Totals } from '#lib/rollout/figures.ts';
import { toQuantile } from '#lib/rollout/quantile.ts';

const totals = (overrides: Partial<Totals> = {}): Totals => ({
  requests: 0,
  errors: 0,
  duration: new Map(),
  firstToken: new Map(),
  cost: undefined,
  restarts: 0,
  ...overrides,
});

test.each([
  // Rank 95 of 100 is in the bucket from 1 to 2, half way through it.
  [
    0.95,
    new Map([
      [1, 90],
      [2, 100],
      [Infinity, 100],
    ]),
    1.5,
  ],
  // The first bucket begins at zero.
  [
    0.5,
    new Map([
      [1, 10],
      [Infinity, 10],
    ]),
    0.5,
  ],
  // Beyond the highest bound nothing is known.
  [
    0.95,
    new Map([
      [1, 0],
      [2, 1],
      [Infinity, 100],
    ]),
    2,
  ],
  // An empty bucket in between is passed over.
  [
    0.95,
    new Map([
      [1, 10],
      [2, 10],
      [4, 20],
      [Infinity, 20],
    ]),
    3.8,
  ],
  [
    0.95,
    new Map([
      [Infinity, 40],
      [2, 40],
      [1, 0],
    ]),
    1.95,
  ],
  [
    0.95,
    new Map([
      [1, 0],
      [Infinity, 0],
    ]),
    undefined,
  ],
  [0.95, new Map([[1, 10]]), undefined],
  [0.95, new Map(), undefined],
])('the quantile %d is estimated as histogram_quantile does it', (quantile, buckets, expected) => {
  const found = toQuantile(quantile, buckets);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(expected, 10);
});

test('figures are what was counted between two readings', () => {
  const before = totals({
    requests: 100,
    errors: 1,
    duration: new Map([
      [1, 50],
      [Infinity, 100],
    ]),
    cost: 1,
    restarts: 2,
  });
  const now = totals({
    requests: 150,
    errors: 3,
    duration: new Map([
      [1, 100],
      [Infinity, 150],
    ]),
    cost: 2,
    restarts: 3,
  });
  expect(toFigures(now, before)).toEqual({
    requests: 50,
    errors: 2,
    errorRate: 0.04,
    duration: { samples: 50, p95: 0.95 },
    firstToken: { samples: 0, p95: undefined },
    costPerRequest: 0.02,
    restarts: 1,
  });
});

test('a counter that began anew counts nothing rather than less than nothing', () => {
  const figures = toFigures(totals({ requests: 10, cost: 0 }), totals({ requests: 40, errors: 2, cost: 1 }));
  expect(figures).toMatchObject({ requests: 0, errors: 0, errorRate: 0, costPerRequest: undefined });
});
