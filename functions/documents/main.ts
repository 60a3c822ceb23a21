import { llmEnv, searchEnv } from '#lib/config/variables.ts';
import { createPreparer } from '#lib/documents/preparer.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { startFunction } from '../start.ts';
import { createDocumentsApp } from './app.ts';
import { createDocumentsDeps } from './deps.ts';

await startFunction('documents', { ...searchEnv, ...llmEnv }, async (foundation, env) => {
  const retrieval = await createRetrieval(env, foundation);
  // The bundle has the worker beside it, under this name.
  const preparer = createPreparer({ workerUrl: new URL('./prepare-worker.js', import.meta.url) });
  const { fetch } = createDocumentsApp(createDocumentsDeps(foundation, retrieval, preparer));
  return {
    fetch,
    check: retrieval.check,
    async close() {
      await preparer.close();
      await retrieval.engine.close();
    },
  };
});
