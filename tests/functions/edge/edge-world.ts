import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { createEdgeApp } from '#functions/edge/app.ts';
import { createFairGate } from '#lib/core/fair-gate.ts';
import { createForward } from '#lib/edge/forward.ts';
import { createUpstream, type UpstreamOptions } from '#lib/edge/upstream.ts';
import { createRecordedTelemetry, type RecordedTelemetry } from '#tests/support/telemetry.ts';

export interface EdgeWorld extends RecordedTelemetry {
  url: string;
  port: number;
  /** The connections that the functions' server has seen. */
  connections: () => number;
  /** The connections of clients. */
  clients: ReadonlySet<Socket>;
}

export interface EdgeOptions extends Partial<Omit<UpstreamOptions, 'template'>> {
  /** Where the functions are, if nobody is to listen there or somebody else does. */
  upstreamPort?: number;
  limit?: number;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Every function's host is this machine. */
const lookup: LookupFunction = (_host, options, found) =>
  options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** The edge on a real server, before a real server that plays the mesh and all functions behind it. */
export async function startEdge(
  functions: RequestListener,
  { upstreamPort, limit = 100, ...options }: EdgeOptions = {},
): Promise<EdgeWorld> {
  const telemetry = createRecordedTelemetry();
  const upstreamServer = createServer({ keepAliveTimeout: 95_000 }, functions);
  let seen = 0;
  upstreamServer.on('connection', () => void (seen += 1));
  const behind = upstreamPort ?? (await listen(upstreamServer));
  const upstream = createUpstream({
    template: `http://{function}.mesh.test:${behind}`,
    connections: limit,
    lookup,
    ...options,
  });
  onTestFinished(() => upstream.close());
  const { logger, metrics } = telemetry;
  const http = { logger, metrics, now: Date.now, isDraining: () => false, isTrustedProxy: () => false };
  const { fetch } = createEdgeApp({
    http,
    forward: createForward({ upstream, gate: createFairGate({ limit, queue: 0 }) }),
  });
  const clients = new Set<Socket>();
  const server = createServer(getRequestListener(fetch));
  server.on('connection', (socket) => void clients.add(socket));
  const port = await listen(server);
  return { ...telemetry, url: `http://127.0.0.1:${port}`, port, connections: () => seen, clients };
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One request with exactly these headers; rejects where the answer breaks off. */
export function send(url: string, { method = 'GET', headers = {}, body }: CallOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}

export const problemOf = ({ headers, body }: Answer): Record<string, unknown> => ({
  type: headers['content-type'],
  ...JSON.parse(body.toString()),
});
