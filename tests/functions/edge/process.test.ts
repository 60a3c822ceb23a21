import { expect, test } from 'vitest';
import { run } from '#tests/http/server-process.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';
import { problemOf, send } from './edge-world.ts';

const entry = 'functions/edge/main.ts';

test('the edge needs to know where the functions are, and nothing else', async () => {
  const directory = temporaryDirectory();
  const env = { EDGE_UPSTREAM: 'http://{function}.nowhere.invalid', JWT_SECRET: '' };
  const { url, child, exit, lines } = await startProcess(directory, env, entry);
  expect((await send(`${url}/readyz`)).status).toBe(200);
  expect(problemOf(await send(`${url}/v1/query`, { method: 'POST', body: '{}' }))).toMatchObject({
    status: 503,
    code: 'overloaded',
  });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(lines.some((line) => line.includes('"event":"edge_completed"'))).toBe(true);
});

test('without it the edge does not start', async () => {
  const server = run(entry);
  expect(await server.exited).toBe(1);
  expect(server.output()).toContain('EDGE_UPSTREAM must be');
  await server.stop();
});
