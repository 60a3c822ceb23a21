import type { AddressInfo } from 'node:net';
import { whenConfigured, loadEnv, type Environment, type EnvironmentFragment } from '#lib/config/env.ts';
import type { serverEnv, telemetryEnv } from '#lib/config/variables.ts';
import { serve, type ServeOptions } from '#lib/http/serve.ts';
import { createOtlpExport } from '#lib/telemetry/create-otlp-export.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { startMetricsServer } from '#lib/telemetry/metrics-server.ts';
import { watchCertificate } from '#lib/telemetry/watch-certificate.ts';
import { createFoundation, foundationEnv, type Foundation } from './foundation.ts';
import { logCrash } from './log-crash.ts';

interface StartOptions {
  /** What the log calls the process. */
  name: string;
  fetch: ServeOptions['fetch'];
  env: Environment<
    Pick<typeof serverEnv, 'PORT' | 'METRICS_PORT' | 'K_REVISION' | 'NODE_EXTRA_CA_CERTS'> & typeof telemetryEnv
  >;
  foundation: Pick<Foundation, 'logger' | 'metrics' | 'drain' | 'close'> &
    Partial<Pick<Foundation, 'settle' | 'giveUp'>>;
  /** What else is to be closed after the last response. */
  close?: () => Promise<void>;
  /** What can be found wrong with the configuration by trying only, while requests are served: false ends the process. */
  check?: () => Promise<boolean>;
}

/** What a function is made of beside the foundation. */
export type FunctionParts = Pick<StartOptions, 'fetch' | 'close' | 'check'>;

/**
 * Makes a function of its environment and serves it. What the environment does not allow ends the process with status 1
 * and one line that says why.
 */
export async function startFunction<Fragment extends EnvironmentFragment>(
  name: string,
  fragment: Fragment,
  make: (foundation: Foundation, env: Environment<Fragment & typeof foundationEnv>) => Promise<FunctionParts>,
): Promise<void> {
  logCrash();
  const env = loadEnv({ ...fragment, ...foundationEnv });
  const options = await whenConfigured(async () => {
    const foundation = await createFoundation(env);
    return { foundation, ...(await make(foundation, env)) };
  });
  await start({ name, env, ...options });
}

/** A port that is taken is the operator's to free: one line says which, no stack. */
const refuseStart =
  (variable: string, logger: Logger) =>
  (error: unknown): never => {
    logger.error({ event: 'port_unavailable', variable, error });
    process.exit(1);
  };

/** Serves the app and its metrics until the process is told to end. Resolves with the port once it listens. */
export async function start({ name, fetch, env, foundation, close, check }: StartOptions): Promise<number> {
  const { logger, metrics, drain } = foundation;
  watchCertificate({ metrics, now: Date.now }, 'authority', env.NODE_EXTRA_CA_CERTS);
  const otlp = createOtlpExport({ name, env, logger, metrics });
  const metricsServer = await startMetricsServer(metrics, env.METRICS_PORT).catch(refuseStart('METRICS_PORT', logger));
  const server = await serve({
    fetch,
    port: env.PORT,
    logger,
    drain,
    async close() {
      // Those that go on without their client still need models and engines.
      await foundation.settle?.();
      await close?.();
      await foundation.close();
      await Promise.all([otlp.close(), metricsServer.close()]);
    },
  }).catch(refuseStart('PORT', logger));
  // A shutdown that takes too long ends here as well, and an error that nobody has caught.
  process.once('exit', () => foundation.giveUp?.());
  const { port } = server.address() as AddressInfo;
  logger.info({
    event: 'started',
    function: name,
    port,
    metrics_port: metricsServer.port,
    // What this process needed, from its first instruction on.
    duration: performance.now() / 1000,
  });
  logger.flush();
  otlp.start();
  void check?.().then((isRight) => {
    if (!isRight) process.exit(1);
  });
  return port;
}
