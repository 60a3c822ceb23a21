import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ApiError } from '#lib/core/api-error.ts';
import { startOtlp, type Otlp } from '#lib/telemetry/otlp/start-otlp.ts';
import { openRootSpan, withSpan } from '#lib/telemetry/tracing/span.ts';
import { contextOfCaller } from '#lib/telemetry/tracing/trace-context.ts';
import { withStreamSpan } from '#lib/telemetry/tracing/with-stream-span.ts';
import { createTestTransport } from '#tests/support/opensearch-transport.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '#tests/support/otlp-receiver.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let receiver: OtlpReceiver;
let otlp: Otlp;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  otlp = startOtlp({
    name: 'test',
    instanceId: 'one',
    service: undefined,
    revision: undefined,
    tracesUrl: `${receiver.url}/v1/traces`,
    metricsUrl: undefined,
    ratio: 1,
    slowMilliseconds: 60_000,
    logger: createRecordedTelemetry().logger,
    readMetrics: async () => [],
  });
});

afterAll(async () => {
  await otlp.close();
  await receiver.close();
});

/** Does the work in a request of this name, and gives its spans once they have arrived. */
async function traced(name: string, work: () => Promise<unknown>): Promise<ReceivedSpan[]> {
  const root = openRootSpan(name, {}, contextOfCaller({ traceparent, tracestate: 'vendor=1' }, true));
  await root.run(work).catch(() => undefined);
  root.end();
  const find = () => receiver.spans.find((span) => span.name === name);
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  const spanId = find()?.spanId;
  return receiver.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
}

async function* count(to: number): AsyncGenerator<number> {
  for (let number = 1; number <= to; number += 1) {
    yield number;
    await withSpan(`after ${number}`, {}, async () => undefined);
  }
}

test('an error is named by its code, never by its words', async () => {
  const fail = () => Promise.reject(new ApiError('model_error', 'The secret prompt was refused'));
  const [span] = await traced('fails', () => withSpan('step', {}, fail));
  expect(span).toMatchObject({ name: 'step', status: 2, attributes: { 'error.type': 'model_error' } });
  expect(receiver.bodies.join('\n').includes('secret prompt')).toBe(false);
});

test('whoever leaves has not failed', async () => {
  const leave = () => Promise.reject(new DOMException('The client left', 'AbortError'));
  const [span] = await traced('left', () => withSpan('step', {}, leave));
  expect(span).toMatchObject({ status: 0, attributes: { 'error.type': 'aborted' } });
});

test('a stream’s span holds what the stream does between its parts, and ends with it', async () => {
  const spans = await traced('streams', async () => {
    for await (const _number of withStreamSpan('stream', {}, () => count(2)))
      await withSpan('reader', {}, async () => undefined);
  });
  expect(spans.map(({ name }) => name).toSorted()).toEqual(['reader', 'reader', 'stream']);
  const stream = spans.find(({ name }) => name === 'stream');
  const inside = receiver.spans.filter(({ parentSpanId }) => parentSpanId === stream?.spanId);
  expect(inside.map(({ name }) => name)).toEqual(['after 1', 'after 2']);
});

test('a stream that is left early ends its span, and what it was made of', async () => {
  let isClosed = false;
  const produce = async function* () {
    try {
      yield* count(10);
    } finally {
      isClosed = true;
    }
  };
  const spans = await traced('leaves a stream', async () => {
    for await (const number of withStreamSpan('stream', {}, produce)) if (number === 2) break;
  });
  expect(spans.map(({ name, status }) => [name, status])).toEqual([['stream', 0]]);
  expect(isClosed).toBe(true);
});

test('outside of a request no span is begun', async () => {
  await withSpan('alone', {}, async (span) => expect(span.isRecording).toBe(false));
  await traced('another', async () => undefined);
  expect(receiver.spans.some(({ name }) => name === 'alone')).toBe(false);
});

test('OpenSearch gets the trace of the call, and no name of a tenant is in its span', async () => {
  const headers: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const transport = createTestTransport({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  onTestFinished(() => transport.close());
  const call = { method: 'POST', path: '/genai_acme/_search', body: {} } as const;
  const [span] = await traced('searches', () =>
    transport.send('platform', call, { timeout: 10_000, tries: 1 }, AbortSignal.timeout(20_000)),
  );
  expect(span).toMatchObject({
    name: 'search',
    kind: 3,
    attributes: { 'db.system.name': 'opensearch', 'db.operation.name': 'search', 'server.address': '127.0.0.1' },
  });
  expect(headers[0]).toMatchObject({ traceparent: `00-${span?.traceId}-${span?.spanId}-01`, tracestate: 'vendor=1' });
  expect(JSON.stringify(span).includes('acme')).toBe(false);
});
