import { expect, onTestFinished, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { createPreparer } from '#lib/documents/preparer.ts';
import { calm } from '#tests/support/scope.ts';
import { createPdf, createPdfBomb } from './pdf-files.ts';

type Options = Omit<Parameters<typeof createPreparer>[0], 'workerUrl'>;

function createTestPreparer(options: Options = {}) {
  const workerUrl = new URL('../../lib/documents/prepare-worker.ts', import.meta.url);
  const preparer = createPreparer({ workerUrl, ...options });
  onTestFinished(() => preparer.close());
  return preparer;
}

const pdf = await createPdf([['Some text']]);
/** Would take minutes. */
const endless = createPdfBomb(400);
const manyRows = `a,b\n${'1,2\n'.repeat(1_500_000)}`;

test('the threads serve more documents than there are threads', async () => {
  const preparer = createTestPreparer({ workers: 2 });
  const prepared = await Promise.all(Array.from({ length: 6 }, () => preparer.prepare('pdf', pdf, calm)));
  expect(prepared.map(({ text }) => text)).toEqual(Array.from({ length: 6 }, () => 'Some text'));
});

test('a document that takes too long is refused', async () => {
  const preparer = createTestPreparer({ workers: 1, timeoutMilliseconds: 400 });
  await expect(preparer.prepare('pdf', endless, calm)).rejects.toMatchObject({
    code: 'unprocessable_document',
    detail: 'The document takes too long to process',
  });
});

test.each([
  ['heap', 'csv', manyRows, { heapMegabytes: 64, bufferMegabytes: 512 }],
  ['buffers', 'pdf', endless, { heapMegabytes: 512, bufferMegabytes: 64 }],
] as const)(
  'a document that fills the %s is refused, and the next one is served',
  async (_, format, content, memory) => {
    const preparer = createTestPreparer({ workers: 1, memory });
    await expect(preparer.prepare(format, content, calm)).rejects.toMatchObject({
      code: 'unprocessable_document',
      detail: 'The document takes too much memory to process',
    });
    expect((await preparer.prepare('pdf', pdf, calm)).text).toBe('Some text');
  },
);

test('several such documents at once end their own threads only', async () => {
  const preparer = createTestPreparer({ workers: 2, memory: { heapMegabytes: 64, bufferMegabytes: 64 } });
  const jobs = [manyRows, manyRows].map((content) => preparer.prepare('csv', content, calm));
  const bombs = [endless, endless].map((content) => preparer.prepare('pdf', content, calm));
  const outcomes = await Promise.allSettled([...jobs, ...bombs, preparer.prepare('pdf', pdf, calm)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled']);
});

test('when the caller leaves, the work ends and its place is given back', async () => {
  const preparer = createTestPreparer({ workers: 1 });
  const controller = new AbortController();
  const reason = new ApiError('request_timeout');
  const outcome = preparer.prepare('pdf', endless, controller.signal).catch((error: unknown) => error);
  const next = preparer.prepare('pdf', pdf, calm);
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  expect((await next).text).toBe('Some text');
});

test('whoever leaves while waiting for a thread never gets one', async () => {
  const preparer = createTestPreparer({ workers: 1 });
  const working = new AbortController();
  const waiting = new AbortController();
  const first = preparer.prepare('pdf', endless, working.signal).catch(() => 'ended');
  const second = preparer.prepare('pdf', pdf, waiting.signal).catch(() => 'left');
  waiting.abort();
  expect(await second).toBe('left');
  working.abort();
  expect(await first).toBe('ended');
  expect((await preparer.prepare('pdf', pdf, calm)).text).toBe('Some text');
});

test('a thread that cannot start is a failure of the service, not of the document', async () => {
  const preparer = createPreparer({ workerUrl: new URL('./no-such-worker.ts', import.meta.url) });
  await expect(preparer.prepare('pdf', pdf, calm)).rejects.not.toMatchObject({ code: 'unprocessable_document' });
});

test('what is refused says why, and its thread goes on', async () => {
  const preparer = createTestPreparer({ workers: 1 });
  await expect(preparer.prepare('pdf', Buffer.from('none'), calm)).rejects.toMatchObject({
    code: 'unprocessable_document',
    detail: 'The file is not a PDF, whatever its name says',
  });
  expect((await preparer.prepare('pdf', pdf, calm)).text).toBe('Some text');
});
