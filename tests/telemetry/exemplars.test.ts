import { expect, test } from 'vitest';
import * as v from 'valibot';
import { createToken } from '#tests/support/platform.ts';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';

const timeout = 120_000;
const Started = v.looseObject({ metrics_port: v.number() });

test('a histogram names a trace that was exported, to those who accept it', { timeout }, async () => {
  const receiver = await startOtlpReceiver();
  const { url, child, exit, lines } = await startProcess(temporaryDirectory(), {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    TENANT_AUTO_CREATE: 'true',
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = {
    authorization: `Bearer ${await createToken()}`,
    'content-type': 'application/json',
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  };
  const ask = async () => {
    const body = JSON.stringify({ question: 'What is not known?' });
    await (await fetch(`${url}/v1/query`, { method: 'POST', headers, body })).text();
  };
  const started = v.parse(Started, JSON.parse(lines.find((line) => line.includes('"event":"started"')) ?? ''));
  const scrape = async (accept: string) =>
    (await fetch(`http://127.0.0.1:${started.metrics_port}/metrics`, { headers: { accept } })).text();
  // The first moments of a process have no traces.
  await expect
    .poll(
      async () => {
        await ask();
        return (await scrape('application/openmetrics-text')).includes(`# {trace_id="${traceId}"}`);
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  expect((await scrape('text/plain')).includes('trace_id')).toBe(false);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  await receiver.close();
  expect(receiver.spans.some((span) => span.traceId === traceId)).toBe(true);
  const completed = lines.filter((line) => line.includes('"event":"query_completed"'));
  expect(completed.every((line) => line.includes(`"trace_id":"${traceId}"`))).toBe(true);
});
