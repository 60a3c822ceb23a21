import { expect, test } from 'vitest';
import { readStream } from '#tests/support/sse.ts';
import { createLibrary } from './ingest.ts';

const headers = { accept: 'text/event-stream' };

test('results come one by one, in order, with how far the batch is; then one finish', async () => {
  const library = await createLibrary();
  await library.ingest({ id: 'b', text: 'same' });
  const documents = [
    { id: 'a', text: 'one' },
    { id: 'b', text: 'same' },
    { id: 'c', text: ' ' },
    { id: 'd' },
    { id: 'a', text: 'two' },
  ];

  const response = await library.call('POST /v1/documents', { json: { documents }, headers });
  const stream = await readStream(response);

  expect(response.status).toBe(200);
  expect(stream.events).toEqual([
    { type: 'result', id: 'a', status: 'created', chunks: 1, done: 1, total: 5 },
    { type: 'result', id: 'b', status: 'unchanged', chunks: 1, done: 2, total: 5 },
    {
      type: 'result',
      id: 'c',
      status: 'failed',
      chunks: 0,
      error: { code: 'unprocessable_document', detail: 'The document holds no text' },
      done: 3,
      total: 5,
    },
    {
      type: 'result',
      id: 'd',
      status: 'failed',
      chunks: 0,
      error: { code: 'invalid_request', detail: 'must have either text or content' },
      done: 4,
      total: 5,
    },
    { type: 'result', id: 'a', status: 'updated', chunks: 1, done: 5, total: 5 },
    { type: 'finish', done: 5, total: 5 },
  ]);
  expect(stream.isDone).toBe(true);
});

test('a result is there before the last document is done', async () => {
  const library = await createLibrary();
  const documents = Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, text: `Text ${index}` }));
  const response = await library.call('POST /v1/documents', { json: { documents }, headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail();
  let received = '';
  while (!received.includes('"done":1,')) received += (await reader.read()).value ?? expect.fail();
  expect(await library.textOf('0')).toBe('Text 0');
  expect(received).not.toContain('"type":"finish"');
  await reader.cancel();
});

test('a refused batch is a problem, not a stream', async () => {
  const library = await createLibrary();
  const response = await library.call('POST /v1/documents', { json: { documents: [] }, headers });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});
