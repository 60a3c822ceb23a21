import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { startOtlpReceiver, type OtlpReceiver } from '#tests/support/otlp-receiver.ts';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

export interface TracedMesh {
  /** Of the edge. */
  url: string;
  receiver: OtlpReceiver;
  upstream: Upstream;
  processes: Record<string, PlatformProcess>;
  /** Sends SIGTERM to all, and waits for their ends. */
  end(): Promise<void>;
}

/** Passes requests on by the first label of their host, as Knative's gateway does. */
async function startGateway(portOf: (name: string) => number): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    const { host = '' } = incoming.headers;
    const { method, url: path, headers } = incoming;
    const call = request(
      { host: '127.0.0.1', port: portOf(host.split('.')[0] ?? ''), method, path, headers },
      (reply) => {
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(outgoing);
      },
    );
    call.on('error', () => outgoing.destroy());
    incoming.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface MeshOptions {
  env?: NodeJS.ProcessEnv;
  /** Does not wait until the SDK is loaded. */
  isCold?: boolean;
}

/** Functions as processes of their own behind the edge, with one model and one receiver of traces. */
export async function startTracedMesh(
  functionNames: readonly string[],
  { env = {}, isCold = false }: MeshOptions = {},
): Promise<TracedMesh> {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const shared = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    TRUSTED_PROXIES: '127.0.0.0/8',
    TENANT_AUTO_CREATE: 'true',
    LLM_BASE_URL: `${upstream.url}/v1`,
    LLM_MODEL: 'simulated',
    EMBEDDINGS_BASE_URL: `${upstream.url}/v1`,
    EMBEDDINGS_MODEL: 'simulated-embedding',
    EMBEDDINGS_DIMENSIONS: '64',
    ...env,
  };
  const directory = temporaryDirectory();
  const started = await Promise.all(
    functionNames.map(
      async (name) => [name, await startProcess(directory, shared, `functions/${name}/main.ts`)] as const,
    ),
  );
  const processes: Record<string, PlatformProcess> = Object.fromEntries(started);
  const gateway = await startGateway((name) => Number(new URL(processes[name]?.url ?? 'http://127.0.0.1:9').port));
  const edgeEnv = { ...shared, EDGE_UPSTREAM: `http://{function}.mesh.test:${gateway}` };
  const edge = await startProcess(directory, edgeEnv, 'loadtest/support/edge-server.ts');
  const all = [...Object.values(processes), edge];
  const isTracing = ({ lines }: PlatformProcess) => lines.some((line) => line.includes('"event":"tracing_started"'));
  if (!isCold) await vi.waitFor(() => expect(all.every(isTracing)).toBe(true), { timeout: 60_000, interval: 50 });
  return {
    url: edge.url,
    receiver,
    upstream,
    processes,
    async end() {
      for (const { child } of all) child.kill('SIGTERM');
      await Promise.all(all.map(({ exit }) => exit));
    },
  };
}
