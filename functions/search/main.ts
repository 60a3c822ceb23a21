import { loadEnv } from '#lib/config/env.ts';
import { searchEnv } from '#lib/config/variables.ts';
import { createRetrieval } from '#lib/retrieval/create-retrieval.ts';
import { createFoundation, foundationEnv } from '../foundation.ts';
import { start } from '../start.ts';
import { createSearchApp } from './app.ts';
import { createSearchDeps } from './deps.ts';

const env = loadEnv({ ...foundationEnv, ...searchEnv });
const foundation = await createFoundation(env);
const retrieval = await createRetrieval(env, foundation);
const { fetch } = createSearchApp(createSearchDeps(foundation, retrieval));
const { check, engine } = retrieval;
await start({ name: 'search', fetch, env, foundation, check, close: () => engine.close() });
