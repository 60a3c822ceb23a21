import { createEdgeApp } from '#functions/edge/app.ts';
import { createEdgeDeps } from '#functions/edge/deps.ts';
import { start } from '#functions/start.ts';
import { loadEnv } from '#lib/config/env.ts';
import { edgeEnv, serverEnv, telemetryEnv } from '#lib/config/variables.ts';

/** The edge, for which every function is on this machine. */
const env = loadEnv({ ...serverEnv, ...telemetryEnv, ...edgeEnv });
const { deps, foundation } = createEdgeDeps(env, {
  lookup: (_host, options, found) =>
    options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
});
const { fetch } = createEdgeApp(deps);
await start({ name: 'edge', fetch, env, foundation });
