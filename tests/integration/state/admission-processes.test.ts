import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createClaim } from '#tests/contracts/admission-store-claims.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { calm } from '#tests/support/scope.ts';
import { openState, passTime } from './open-store.ts';

const redis = await startRedisServer({ endWith: afterAll });
const script = fileURLToPath(new URL('claim-process.ts', import.meta.url));
const limits = { requests: 3_000, tokens: 12_000 };

interface Claimed {
  requests: number;
  tokens: number;
}

/** Starts processes that claim on accounts of this incarnation, all at once. */
async function start(count: number, incarnation: string) {
  const claimed: Claimed = { requests: 0, tokens: 0 };
  const processes = Array.from({ length: count }, () => {
    const args = [redis.url, incarnation, limits.requests, limits.tokens].map(String);
    const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') ready.resolve();
      else if (line === 'r') claimed.requests += 1;
      else claimed.tokens += Number(line.slice(2));
    });
    return { child, ready: ready.promise, end: once(child, 'close') };
  });
  await Promise.all(processes.map(({ ready }) => ready));
  for (const { child } of processes) child.stdin.write('go\n');
  return {
    claimed,
    kill: () => processes.forEach(({ child }) => child.kill('SIGKILL')),
    ended: Promise.all(processes.map(({ end }) => end)),
  };
}

test.each([1, 5, 20])(
  '%i processes together get what one minute has, and no more',
  async (count) => {
    const { claimed, ended } = await start(count, `burst-${count}`);
    await ended;
    expect(claimed.requests).toBe(limits.requests);
    expect(claimed.tokens).toBeLessThanOrEqual(limits.tokens);
    expect(claimed.tokens).toBeGreaterThanOrEqual(limits.tokens * 0.99);
  },
  120_000,
);

test('processes that are killed and started again get nothing anew, and leave nothing unused', async () => {
  const first = await start(5, 'killed');
  while (first.claimed.requests < limits.requests / 4) await passTime(5);
  first.kill();
  await first.ended;
  const second = await start(5, 'killed');
  await second.ended;
  expect(first.claimed.requests + second.claimed.requests).toBeLessThanOrEqual(limits.requests);
  expect(first.claimed.tokens + second.claimed.tokens).toBeLessThanOrEqual(limits.tokens);

  const { admission, close } = await openState({ STATE_STORE: 'redis', REDIS_URL: redis.url });
  const claim = createClaim({ limits: { requestsPerMinute: limits.requests } });
  const verdict = await admission.admit({ tenantId: 'requests', incarnation: 'killed' }, claim, calm);
  expect(verdict).toMatchObject({ isAdmitted: false, by: 'requests', requests: { remaining: 0 } });
  await close();
});
