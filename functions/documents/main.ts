import { loadEnv } from '#lib/config/env.ts';
import { searchEnv } from '#lib/config/variables.ts';
import { createPreparer } from '#lib/documents/preparer.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { createFoundation, foundationEnv } from '../foundation.ts';
import { start } from '../start.ts';
import { createDocumentsApp } from './app.ts';
import { createDocumentsDeps } from './deps.ts';

const env = loadEnv({ ...foundationEnv, ...searchEnv });
const foundation = await createFoundation(env);
const retrieval = await createRetrieval(env, foundation);
// The bundle has the worker beside it, under this name.
const preparer = createPreparer({ workerUrl: new URL('./prepare-worker.js', import.meta.url) });
const { fetch } = createDocumentsApp(createDocumentsDeps(foundation, retrieval, preparer));
await start({
  name: 'documents',
  fetch,
  env,
  foundation,
  check: retrieval.check,
  close: async () => {
    await preparer.close();
    await retrieval.engine.close();
  },
});
