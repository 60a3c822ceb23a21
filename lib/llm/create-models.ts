import { randomBytes } from 'node:crypto';
import type { Environment } from '#lib/config/env.ts';
import type { providerKeyEnv } from '#lib/config/variables.ts';
import type { StateStore } from '#lib/state/store.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import { createCallModels, type CallModels } from './call-models.ts';
import type { Catalogue } from './catalogue.ts';
import { createCatalogue, type CatalogueEnvironment } from './create-catalogue.ts';
import { createMeterCall } from './meter-call.ts';
import { createModelRouter, type ModelRouter } from './model-router.ts';
import { createOpenAIClient, type OpenAIClient } from './openai-client.ts';
import { createProviderBreakers } from './provider-breakers.ts';
import { createProviderTransport } from './provider-transport.ts';
import { createTenantProviderKeys } from './tenant-provider-keys.ts';

export type ModelsEnvironment = CatalogueEnvironment & Partial<Environment<typeof providerKeyEnv>>;

/** The models of the environment, and the ways to call them. */
export interface Models {
  catalogue: Catalogue;
  router: ModelRouter;
  callModels: CallModels;
  openai: OpenAIClient;
  close: () => Promise<void>;
}

interface ModelsDeps {
  store: StateStore;
  metrics: Metrics;
}

/** Throws `ConfigurationError`. */
export function createModels(env: ModelsEnvironment, { store, metrics }: ModelsDeps): Models {
  const now = Date.now;
  const catalogue = createCatalogue(env);
  const keys = createTenantProviderKeys({ store, secrets: env.PROVIDER_KEY_SECRET, now, randomBytes });
  const providers = new Set([...catalogue.models.values()].flatMap(({ provider }) => provider ?? []));
  metrics.models(catalogue.models.keys());
  const transport = createProviderTransport();
  return {
    catalogue,
    router: createModelRouter({ catalogue, findProviderKey: keys.find }),
    callModels: createCallModels({
      breakers: createProviderBreakers({ providers, store, metrics, now }),
      meterCall: createMeterCall({ metrics, now }),
      metrics,
      random: Math.random,
    }),
    openai: createOpenAIClient(transport),
    close: transport.close,
  };
}
