import { expect, test } from 'vitest';
import { createLocalLimits } from '#lib/admission/local-limits.ts';

const account = { tenantId: 'acme', incarnation: 'account' };
const limits = { requestsPerMinute: 100, tokensPerMinute: 10_000, concurrentRequests: 40 };

test('each process keeps to its part of the limit', () => {
  let time = 0;
  const local = createLocalLimits({ processes: 20, now: () => time });
  for (let index = 0; index < 5; index += 1) local.enter(account, limits, 10)();
  expect(() => local.enter(account, limits, 10)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfter: 60 }),
  );
  expect(() => local.enter({ ...account, tenantId: 'beta' }, limits, 10)).not.toThrow();
  time = 60_000;
  expect(() => local.enter(account, limits, 10)).not.toThrow();
});

test('tokens count as well, and a request for more than all of them passes an empty window', () => {
  const local = createLocalLimits({ processes: 20, now: () => 0 });
  local.enter(account, limits, 1_000_000)();
  expect(() => local.enter(account, limits, 1)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});

test('so many at once as the part of the limit says', () => {
  const local = createLocalLimits({ processes: 20, now: () => 0 });
  const leave = local.enter(account, limits, 1);
  local.enter(account, limits, 1);
  expect(() => local.enter(account, limits, 1)).toThrow(expect.objectContaining({ code: 'concurrency_limited' }));
  leave();
  leave();
  expect(() => local.enter(account, limits, 1)).not.toThrow();
  expect(() => local.enter(account, limits, 1)).toThrow(expect.objectContaining({ code: 'concurrency_limited' }));
});

test('a tenant without limits has some all the same', () => {
  const local = createLocalLimits({ processes: 20, now: () => 0 });
  const none = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrentRequests: undefined };
  const enterAll = () => {
    for (let index = 0; index < 10_000; index += 1) local.enter(account, none, 1)();
  };
  expect(enterAll).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});
