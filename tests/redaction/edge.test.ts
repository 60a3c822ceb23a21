import { expect, onTestFinished, test, vi } from 'vitest';
import { startOtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { startProcess, temporaryDirectory } from '#tests/support/process.ts';
import { createCanary, findCanaries } from './canary.ts';
import { startCanaryWorld } from './canary-world.ts';

const timeout = 120_000;
const patient = { timeout: 60_000, interval: 50 };

test('what passes through the edge is in nothing that it tells of itself', { timeout }, async () => {
  const world = await startCanaryWorld();
  onTestFinished(() => world.close());
  const { ask, plant, createToken, server } = world;
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const env = {
    LOG_LEVEL: 'trace',
    EDGE_UPSTREAM: `http://{function}.mesh.test:${server.port}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  };
  const edge = await startProcess(temporaryDirectory(), env, 'loadtest/support/edge-server.ts');
  const { url } = edge;
  const findLine = (event: string) => edge.lines.find((line) => line.includes(`"event":"${event}"`));
  await vi.waitFor(() => expect(findLine('tracing_started')).toBeDefined(), patient);

  const token = await createToken({ role: 'tenant_admin' });
  const json = { question: `When does the ${plant('question')} open?`, model: 'chat-good' };
  await ask('POST /v1/query', { url, token, json });
  await ask('POST /v1/query', { url, token, json, headers: { accept: 'text/event-stream' } });
  await ask(`GET /v1/documents/${plant('document')}/text?a=${plant('parameter')}`, { url, token });
  await ask('POST /v1/search', { url, token: plant('no token'), json: { query: plant('query') } });
  await ask(`GET /${plant('path of no function')}`, { url });
  server.terminate();
  await server.exited;
  await ask('POST /v1/search', { url, token, json: { query: plant('query that nobody answers') } });
  expect(world.exchanges.map(({ status }) => status)).toEqual([200, 200, 404, 401, 404, 503]);

  const { metrics_port: port } = JSON.parse(findLine('started') ?? '');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  edge.child.kill('SIGTERM');
  expect(await edge.exit).toBe(0);
  await vi.waitFor(() => expect(findLine('shutdown_completed')).toBeDefined(), patient);
  const told = {
    log: edge.lines.join('\n'),
    errors: edge.errors.join('\n'),
    metrics,
    sent: receiver.bodies.join('\n'),
  };
  expect(told.log).toContain('"event":"edge_completed"');
  expect(told.metrics).toContain('function="edge"');
  expect(told.sent).toContain('genai-edge');
  expect(told.sent).toContain(world.traceId);
  for (const [where, text] of Object.entries(told))
    expect(findCanaries({ ...world.secrets, ...world.planted }, text), where).toEqual([]);
});

test('an error that nobody has caught ends the edge with one line that does not repeat it', { timeout }, async () => {
  const canary = createCanary();
  const env = {
    CANARY: canary,
    EDGE_UPSTREAM: 'http://{function}.nowhere.invalid',
    NODE_OPTIONS: `--import=${import.meta.resolve('./crash-on-signal.ts')}`,
  };
  const { child, exit, lines, errors } = await startProcess(temporaryDirectory(), env, 'functions/edge/main.ts');
  child.kill('SIGUSR2');
  expect(await exit).toBe(1);
  const isFailure = (line: string) => line.includes('"event":"process_failed"');
  await vi.waitFor(() => expect(lines.filter(isFailure)).toHaveLength(1), patient);
  expect(findCanaries({ canary }, [...lines, ...errors].join('\n'))).toEqual([]);
});
