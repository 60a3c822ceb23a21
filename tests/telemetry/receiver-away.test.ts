import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';

const timeout = 120_000;

test('a receiver that never answers, refuses or is gone holds up no request and no end', { timeout }, async () => {
  const receiver = await startOtlpReceiver();
  receiver.answer('never');
  const { url, child, exit, lines, errors } = await startProcess(temporaryDirectory(), {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    TENANT_AUTO_CREATE: 'true',
  });
  const headers = { authorization: `Bearer ${await createToken()}` };
  const list = async () => {
    const response = await fetch(`${url}/v1/documents`, { headers });
    await response.text();
    return response.status;
  };
  const isReported = () => lines.some((line) => line.includes('"event":"trace_export_failed"'));

  expect(await list()).toBe(200);
  await expect.poll(async () => [await list(), isReported()], { timeout: 60_000, interval: 200 }).toEqual([200, true]);
  receiver.answer(400);
  expect(await list()).toBe(200);
  await receiver.close();
  expect(await list()).toBe(200);

  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(lines.at(-1)).toContain('shutdown_completed');
  expect(errors).toEqual([]);
});
