import { randomBytes } from 'node:crypto';
import type { Environment } from '#lib/config/env.ts';
import { createPreparer } from '#lib/documents/preparer.ts';
import { functionOf, type FunctionName } from '#lib/edge/routes.ts';
import { createModels } from '#lib/llm/create-models.ts';
import { createTenantProviderKeys } from '#lib/llm/tenant-provider-keys.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import type { Logger } from '#lib/telemetry/logger.ts';
import { answeringEnv } from './answering.ts';
import { createAuditApp } from './audit/app.ts';
import { createAuditDeps } from './audit/deps.ts';
import { createAuthApp } from './auth/app.ts';
import { createAuthDeps } from './auth/deps.ts';
import { createChatApp } from './chat/app.ts';
import { createChatDeps } from './chat/deps.ts';
import { createDocumentsApp } from './documents/app.ts';
import { createDocumentsDeps } from './documents/deps.ts';
import { createFoundation, foundationEnv, type Foundation } from './foundation.ts';
import { createQueryApp } from './query/app.ts';
import { createQueryDeps } from './query/deps.ts';
import { createSearchApp } from './search/app.ts';
import { createSearchDeps } from './search/deps.ts';
import { createTenantsApp } from './tenants/app.ts';
import { createTenantsDeps } from './tenants/deps.ts';
import { createUsageApp } from './usage/app.ts';
import { createUsageDeps } from './usage/deps.ts';

export const localEnv = { ...foundationEnv, ...answeringEnv };
export type LocalEnvironment = Environment<typeof localEnv>;

type Fetch = (request: Request, bindings?: object) => Response | Promise<Response>;

interface FunctionApp {
  fetch: Fetch;
  routes: readonly { method: string; path: string }[];
}

export interface LocalPlatform {
  foundation: Foundation;
  fetch: Fetch;
  /** The routes that the functions really have. */
  routes: readonly { method: string; path: string }[];
  close: () => Promise<void>;
  /** False where the embedding model is not the one that the environment describes. */
  check: () => Promise<boolean>;
}

/** Every function of the platform in this process, on one shared set of engines. */
export async function createLocalPlatform(env: LocalEnvironment, logger?: Logger): Promise<LocalPlatform> {
  const foundation = await createFoundation(env, logger);
  const retrieval = await createRetrieval(env, foundation);
  const preparer = createPreparer({ workerUrl: new URL('../lib/documents/prepare-worker.ts', import.meta.url) });
  const providerKeys = createTenantProviderKeys({
    store: foundation.store,
    secrets: env.PROVIDER_KEY_SECRET,
    now: Date.now,
    randomBytes,
  });

  const models = createModels(env, foundation);

  const functions: Record<FunctionName, FunctionApp> = {
    query: createQueryApp(createQueryDeps(foundation, retrieval, models, env)),
    chat: createChatApp(createChatDeps(foundation, retrieval, models, env)),
    search: createSearchApp(createSearchDeps(foundation, retrieval)),
    documents: createDocumentsApp(createDocumentsDeps(foundation, retrieval, preparer)),
    tenants: createTenantsApp(createTenantsDeps(foundation, retrieval, providerKeys)),
    auth: createAuthApp(createAuthDeps(foundation)),
    usage: createUsageApp(createUsageDeps(foundation)),
    audit: createAuditApp(createAuditDeps(foundation)),
  };

  return {
    foundation,
    fetch: (request, bindings) =>
      functions[functionOf(new URL(request.url).pathname) ?? 'auth'].fetch(request, bindings),
    check: retrieval.check,
    routes: Object.values(functions).flatMap(({ routes }) => routes),
    async close() {
      await preparer.close();
      await models.close();
      await retrieval.engine.close();
    },
  };
}
