import { loadEnv } from '#lib/config/env.ts';
import { createFoundation, foundationEnv } from '../foundation.ts';
import { start } from '../start.ts';
import { createAuthApp } from './app.ts';
import { createAuthDeps } from './deps.ts';

const env = loadEnv(foundationEnv);
const foundation = await createFoundation(env);
const { fetch } = createAuthApp(createAuthDeps(foundation));
await start({ name: 'auth', fetch, env, foundation });
