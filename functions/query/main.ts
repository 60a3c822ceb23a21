import { loadEnv } from '#lib/config/env.ts';
import { llmEnv, searchEnv } from '#lib/config/variables.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { createFoundation, foundationEnv } from '../foundation.ts';
import { start } from '../start.ts';
import { createQueryApp } from './app.ts';
import { createQueryDeps } from './deps.ts';

const env = loadEnv({ ...foundationEnv, ...searchEnv, ...llmEnv });
const foundation = await createFoundation(env);
const retrieval = await createRetrieval(env, foundation);
const { fetch } = createQueryApp(createQueryDeps(foundation, retrieval, env));
const { check, engine } = retrieval;
await start({ name: 'query', fetch, env, foundation, check, close: () => engine.close() });
