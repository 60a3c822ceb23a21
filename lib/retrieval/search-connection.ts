import type { Environment } from '#lib/config/env.ts';
import type { engineEnv } from '#lib/config/variables.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { Transport } from './opensearch/transport.ts';
import { requireUrl } from './opensearch/require-url.ts';

/** The process's one way to OpenSearch, for documents and for the audit trail. */
export interface SearchConnection {
  /** Loads the client with the first use. Throws `ConfigurationError`. */
  open(): Promise<Transport>;
  close(): Promise<void>;
}

/** Throws `ConfigurationError`. */
export function createSearchConnection(
  env: Environment<typeof engineEnv>,
  telemetry: { logger: Logger; metrics: Metrics },
): SearchConnection {
  let transport: Transport | undefined;
  if (env.SEARCH_ENGINE === 'opensearch') requireUrl(env);
  return {
    async open() {
      const { createOpenSearchTransport } = await import('./opensearch/create-opensearch.ts');
      transport ??= createOpenSearchTransport(env, telemetry);
      return transport;
    },
    close: async () => transport?.close(),
  };
}
