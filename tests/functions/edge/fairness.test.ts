import type { ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import { problemOf, send, startEdge } from './edge-world.ts';

const as = (credential: string) => ({ headers: { authorization: `Bearer ${credential}` } });

/** An edge with ten places, before functions that answer when they are told to. */
async function startSlowly() {
  const open: ServerResponse[] = [];
  const edge = await startEdge((_, response) => void open.push(response), { limit: 10 });
  const url = `${edge.url}/v1/query`;
  const answer = () => {
    for (const response of open.splice(0)) response.writeHead(204).end();
  };
  return { ...edge, url, open, answer };
}

test('a caller with all the requests it can send leaves room for the next one', async () => {
  const { url, open, answer } = await startSlowly();
  const statuses: number[] = [];
  const loud = Array.from({ length: 50 }, async () => statuses.push((await send(url, as('loud'))).status));
  await vi.waitFor(() => expect(statuses).toHaveLength(42));
  expect(new Set(statuses)).toEqual(new Set([429]));
  expect(open).toHaveLength(8);
  const refused = await send(url, as('loud'));
  expect(refused.headers['retry-after']).toBe('1');
  expect(problemOf(refused)).toMatchObject({ status: 429, code: 'concurrency_limited', retry_after: 1 });

  const quiet = [send(url, as('quiet')), send(url)];
  await vi.waitFor(() => expect(open).toHaveLength(10));
  answer();
  for (const { status } of await Promise.all(quiet)) expect(status).toBe(204);
  await Promise.all(loud);
  expect(statuses.slice(42)).toEqual(Array.from({ length: 8 }, () => 204));
});
