import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { startUpstream } from '#tests/support/upstream.ts';

const chunks = Array.from({ length: 100 }, (_, index) => `word-${index} `);

async function createWorld() {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const redis = await startRedisServer();
  const directory = temporaryDirectory();
  const env = { ...stateEnvOf(redis), LLM_BASE_URL: upstream.url, LLM_MODEL: 'simulated' };
  const processes = [await startProcess(directory, env), await startProcess(directory, env)] as const;
  const token = await createToken();
  const post = ({ url }: PlatformProcess, path: string, json: object, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    });
  const ask = (process: PlatformProcess) =>
    post(
      process,
      '/v1/query',
      { question: 'How tall is the tower?' },
      { 'idempotency-key': 'key', accept: 'text/event-stream' },
    );
  return { upstream, processes, post, ask };
}

test('a stream that was lost with its process is given whole by another one within 30 s, and then as often as it is asked for', async () => {
  const { upstream, processes, post, ask } = await createWorld();
  const [first, second] = processes;
  await post(first, '/v1/documents', { documents: [{ id: 'tower', text: 'The tower is 96 metres tall.' }] });
  upstream.reply({ chunks, delay: 50 }, { chunks });

  const reader = (await ask(first)).body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail();
  let received = '';
  while (!received.includes('word-3')) received += (await reader.read()).value ?? expect.fail();
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  await reader.cancel().catch(() => undefined);

  const early = await ask(second);
  expect(early.status).toBe(409);
  expect(early.headers.get('retry-after')).toBe('1');
  const answer = await vi.waitFor(
    async () => {
      const response = await ask(second);
      expect(response.status).toBe(200);
      return response.text();
    },
    { timeout: 32_000, interval: 500 },
  );
  for (const chunk of chunks) expect(answer).toContain(chunk.trim());
  const again = await ask(second);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.text()).toBe(answer.replaceAll(': heartbeat\n\n', ''));
  expect(upstream.calls).toHaveLength(2);
});
