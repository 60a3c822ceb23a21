import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '#lib/config/env.ts';
import type { serverEnv, telemetryEnv } from '#lib/config/variables.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Otlp } from './otlp/start-otlp.ts';
import { traceEarly } from './tracing/trace-early.ts';
import type { EarlyTracer } from './tracing/early-tracer.ts';

/** Sends traces, and at the end what was counted, where the environment names a receiver. */
export interface OtlpExport {
  start(): void;
  /** Waits for the receiver for a few seconds at most. Never throws. */
  close(): Promise<void>;
}

interface OtlpExportOptions {
  name: string;
  env: Environment<typeof telemetryEnv & Pick<typeof serverEnv, 'K_REVISION'>>;
  logger: Logger;
  metrics: Pick<Metrics, 'read'>;
}

const loadDelayMilliseconds = 1_000;
const closeMilliseconds = 5_000;

/**
 * The SDK is loaded when those that have woken the process are answered, or nearly: to load it takes the whole thread. What
 * there is to tell of requests until then is kept for it.
 */
export function createOtlpExport({ name, env, logger, metrics }: OtlpExportOptions): OtlpExport {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, '');
  const toUrl = (path: string) => (base === undefined ? undefined : `${base}${path}`);
  const tracesUrl = toUrl('/v1/traces');
  const metricsUrl =
    env.OTEL_METRICS_EXPORTER === 'otlp'
      ? (env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? toUrl('/v1/metrics'))
      : undefined;
  const closing = new AbortController();
  let running: Promise<Otlp | undefined> | undefined;

  /** Until it is time, or nothing else is left to do. */
  const delay = (): Promise<void> =>
    wait(loadDelayMilliseconds, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);

  async function load(early: EarlyTracer | undefined): Promise<Otlp | undefined> {
    try {
      const { startOtlp } = await import('./otlp/start-otlp.ts');
      const otlp = startOtlp({
        name,
        tracesUrl,
        metricsUrl,
        early,
        instanceId: randomUUID(),
        service: env.K_SERVICE,
        revision: env.K_REVISION,
        ratio: env.OTEL_TRACES_SAMPLER_ARG,
        slowMilliseconds: env.TRACE_SLOW_MILLISECONDS,
        logger,
        readMetrics: metrics.read,
      });
      if (tracesUrl !== undefined) logger.info({ event: 'tracing_started' });
      return otlp;
    } catch (error) {
      early?.abandon();
      logger.error({ event: 'tracing_not_started', error });
      return undefined;
    }
  }

  return {
    start() {
      if (running || (tracesUrl === undefined && metricsUrl === undefined)) return;
      const early = tracesUrl === undefined ? undefined : traceEarly();
      running = delay().then(() => load(early));
    },
    async close() {
      closing.abort();
      const late = new AbortController();
      const closed = running?.then((otlp) => otlp?.close());
      await Promise.race([closed, wait(closeMilliseconds, undefined, { signal: late.signal, ref: false })]);
      late.abort();
    },
  };
}
