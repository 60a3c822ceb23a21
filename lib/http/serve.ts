import { createAdaptorServer } from '@hono/node-server';
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { ApiError, problems, toProblem, type ProblemCode } from '#lib/core/api-error.ts';
import type { Logger } from '#lib/telemetry/logger.ts';

export interface ServeOptions {
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'];
  port: number;
  logger: Logger;
  /** Turns true on the first SIGTERM or SIGINT. */
  drain: { draining: boolean };
  /** Closes stores and engines and flushes telemetry, after the last response. */
  close: () => Promise<void>;
}

/** Longer than the 90 s for which Knative's queue-proxy reuses an idle connection. */
const keepAliveTimeout = 95_000;
const headersTimeout = 10_000;
/** Headers and body together. */
const requestTimeout = 40_000;
const maxHeaderSize = 16 * 1024;
/** New connections are still served for so long after the signal: whoever routes to us learns of it late. */
const lameDuckMilliseconds = 500;
/** Below the 600 s after which Knative kills the process. */
const maxDrainMilliseconds = 570_000;

const clientErrors = new Map<string, ProblemCode>([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
]);

/** What the parser refuses never reaches the app; the answer is a problem all the same. */
function refuse(logger: Logger, error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = clientErrors.get(error.code ?? '') ?? 'invalid_request';
  const { status } = problems[code];
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(new ApiError(code), requestId));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  const { remoteAddress: ip } = socket;
  logger.info({ event: 'request_refused', status, error_code: code, request_id: requestId, ip });
}

/** Resolves once no response of the set is open. */
async function allClosed(responses: ReadonlySet<ServerResponse>): Promise<void> {
  await Promise.all([...responses].map((response) => new Promise((resolve) => response.once('close', resolve))));
}

/**
 * Listens, and on SIGTERM or SIGINT finishes what it has begun, then exits: connections are taken
 * until the responses that were open at the signal have ended.
 */
export async function serve({ fetch, port, logger, drain, close }: ServeOptions): Promise<Server> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: {
      keepAliveTimeout,
      headersTimeout,
      requestTimeout,
      maxHeaderSize,
      connectionsCheckingInterval: 1_000,
    },
  }) as Server;
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(logger, error, socket));

  async function shutdown(signal: NodeJS.Signals): Promise<void> {
    if (drain.draining) return;
    drain.draining = true;
    logger.info({ event: 'shutdown_started', signal, in_flight: open.size });
    setTimeout(() => {
      logger.error({ event: 'shutdown_forced', in_flight: open.size });
      process.exit(1);
    }, maxDrainMilliseconds).unref();
    await Promise.all([allClosed(open), new Promise((resolve) => setTimeout(resolve, lameDuckMilliseconds))]);
    server.close();
    await allClosed(open);
    server.closeAllConnections();
    await close();
    logger.info({ event: 'shutdown_completed' });
    logger.flush();
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutdown(signal));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return server;
}
