import { expect, onTestFinished, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { readStream, textOf } from '#tests/support/sse.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { startServer } from './server-process.ts';

async function startWithModel() {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const server = await startServer({ LLM_BASE_URL: upstream.url, LLM_MODEL: 'simulated' });
  onTestFinished(() => server.stop());
  const token = await createToken();
  const post = (path: string, body: object, accept = 'application/json') =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept, connection: 'close' },
      body: JSON.stringify(body),
    });
  await post('/v1/documents', { documents: [{ id: 'tower', text: 'The tower is 96 metres tall.' }] });
  return { upstream, server, post };
}

test('at SIGTERM an open stream is finished, new requests are served, then the process ends well', async () => {
  const { upstream, server, post } = await startWithModel();
  const words = Array.from({ length: 20 }, (_, index) => `word-${index} `);
  upstream.reply({ chunks: words, delay: 100 });
  const response = await post('/v1/query', { question: 'How tall is the tower?' }, 'text/event-stream');
  const reading = readStream(response);

  server.terminate();
  while (!server.events().some(({ event }) => String(event).match(/drain|shutdown|stopping|terminat/)))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const served = await post('/v1/search', { query: 'tower' });
  expect(served.status).toBe(200);
  expect(await served.json()).toMatchObject({ hits: [{ document_id: 'tower' }] });
  expect((await fetch(`${server.url}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);

  const stream = await reading;
  expect(textOf(stream)).toContain('word-0 word-1');
  expect(textOf(stream)).toContain('word-19');
  expect(stream.events.at(-1)).toMatchObject({ type: 'finish' });
  expect(stream.isDone).toBe(true);
  expect(await server.exited).toBe(0);
});

test('at SIGTERM with nothing to do the process ends well, also while connections rest', async () => {
  const { server } = await startWithModel();
  const response = await fetch(`${server.url}/healthz`, { headers: { connection: 'keep-alive' } });
  await response.text();
  server.terminate();
  expect(await server.exited).toBe(0);
});

test('a second SIGTERM does not cut the streams', async () => {
  const { upstream, server, post } = await startWithModel();
  upstream.reply({ chunks: Array.from({ length: 12 }, (_, index) => `word-${index} `), delay: 100 });
  const response = await post('/v1/query', { question: 'How tall is the tower?' }, 'text/event-stream');
  const reading = readStream(response);
  server.terminate();
  await new Promise((resolve) => setTimeout(resolve, 300));
  server.terminate();
  expect(await reading).toMatchObject({ isDone: true });
  expect(await server.exited).toBe(0);
});

test('whoever asks for metrics regularly is told what was counted on the way down', async () => {
  const { upstream, server, post } = await startWithModel();
  upstream.reply({ chunks: Array.from({ length: 8 }, (_, index) => `word-${index} `), delay: 100 });
  const response = await post('/v1/query', { question: 'How tall is the tower?' }, 'text/event-stream');
  const scrape = () => fetch(server.metricsUrl, { headers: { connection: 'close' } }).then((answer) => answer.text());
  expect(await scrape()).toContain('genai_streams_total{outcome="finished"} 0');
  server.terminate();
  expect(await readStream(response)).toMatchObject({ isDone: true });
  // Prometheus asks later than this process would end by itself.
  await vi.waitFor(() => expect(server.events().map(({ event }) => event)).toContain('query_completed'), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await scrape()).toContain('genai_streams_total{outcome="finished"} 1');
  expect(await server.exited).toBe(0);
});
