import { expect, test } from 'vitest';
import { canaryUrlOf } from '#lib/rollout/traffic.ts';

const split = { canary: 'query-00004', percent: 5 };
const target = { revisionName: 'query-00004', percent: 5, tag: 'canary', url: 'http://canary-query.example' };
const stable = { revisionName: 'query-00002', percent: 95 };

test('a canary has its address once the ingress has its share, and not while it has that of an earlier one', () => {
  expect(canaryUrlOf({ presentTraffic: [stable, target] }, split)).toBe(target.url);
  expect(canaryUrlOf({ presentTraffic: [stable] }, split)).toBeUndefined();
  expect(canaryUrlOf({ presentTraffic: [stable, { ...target, revisionName: 'query-00003' }] }, split)).toBeUndefined();
  expect(canaryUrlOf({ presentTraffic: [stable, { ...target, percent: 1 }] }, split)).toBeUndefined();
  const { percent: _, ...shareless } = target;
  expect(canaryUrlOf({ presentTraffic: [stable, shareless] }, { ...split, percent: 0 })).toBe(target.url);
});
