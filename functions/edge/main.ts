import { loadEnv } from '#lib/config/env.ts';
import { edgeEnv, serverEnv, telemetryEnv } from '#lib/config/variables.ts';
import { logCrash } from '../log-crash.ts';
import { start } from '../start.ts';
import { createEdgeApp } from './app.ts';
import { createEdgeDeps } from './deps.ts';

logCrash();
const env = loadEnv({ ...serverEnv, ...telemetryEnv, ...edgeEnv });
const { deps, foundation } = createEdgeDeps(env);
const { fetch } = createEdgeApp(deps);
await start({ name: 'edge', fetch, env, foundation });
