import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface MetricsServer {
  port: number;
  /** Whoever asks regularly is waited for once more: what was counted since would be lost with the process. */
  close(): Promise<void>;
}

/** Milliseconds: more than `scrape_interval` of knative/observability/prometheus.yml, and what a longer one may be. */
const lastWait = 6_000;
const regular = 30_000;

/** Serves `GET /metrics` on a port of its own, which no client of the platform can reach. Rejects where it is taken. */
export function startMetricsServer(metrics: Metrics, port: number): Promise<MetricsServer> {
  let askedAt = -Infinity;
  const { promise: isAskedAgain, resolve: answered } = Promise.withResolvers<void>();
  let isLast = false;
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    askedAt = performance.now();
    if (isLast) response.once('finish', answered);
    metrics.expose(request.headers.accept).then(
      ({ text, contentType }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });

  async function close(): Promise<void> {
    isLast = true;
    const timer = setTimeout(answered, performance.now() - askedAt < regular ? lastWait : 0);
    await isAskedAgain;
    clearTimeout(timer);
    server.close();
  }

  const { promise, resolve, reject } = Promise.withResolvers<MetricsServer>();
  server.once('error', reject);
  server.listen(port, () => resolve({ port: (server.address() as AddressInfo).port, close }));
  return promise;
}
