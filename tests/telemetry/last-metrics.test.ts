import { expect, test, vi } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';

const timeout = 120_000;

test('what a process has counted is sent when it ends', { timeout }, async () => {
  const receiver = await startOtlpReceiver();
  const { url, child, exit, lines } = await startProcess(temporaryDirectory(), {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    TENANT_AUTO_CREATE: 'true',
    K_SERVICE: 'search',
    K_REVISION: 'search-00007',
  });
  const headers = { authorization: `Bearer ${await createToken()}` };
  for (const _call of [1, 2, 3]) await (await fetch(`${url}/v1/documents`, { headers })).text();
  const isLoaded = () => lines.some((line) => line.includes('"event":"tracing_started"'));
  await vi.waitFor(() => expect(isLoaded()).toBe(true), { timeout: 60_000, interval: 50 });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  await receiver.close();

  const metric = (name: string) => receiver.metrics.find((each) => each.name === name);
  const ofDocuments = ({
    attributes,
  }: {
    attributes: { key: string; value: { stringValue?: string | undefined } }[];
  }) => ['/v1/documents', '2xx'].every((text) => attributes.some(({ value }) => value.stringValue === text));
  const requests = metric('genai_requests_total');
  expect(requests?.sum).toMatchObject({ aggregationTemporality: 2, isMonotonic: true });
  expect(requests?.sum?.dataPoints.find(ofDocuments)?.asDouble).toBe(3);
  const [point] =
    metric('genai_request_duration_seconds')?.histogram?.dataPoints.filter(({ count }) => count === 3) ?? [];
  expect(point?.bucketCounts).toHaveLength((point?.explicitBounds?.length ?? 0) + 1);
  expect(point?.bucketCounts?.reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(BigInt(point?.startTimeUnixNano ?? 0)).toBeLessThan(BigInt(point?.timeUnixNano ?? 0));
  expect(requests?.resource).toMatchObject({
    'service.name': 'genai-local',
    'service.version': 'search-00007',
    'faas.name': 'search',
  });
});
