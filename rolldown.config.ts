import { defineConfig, type RolldownOptions } from 'rolldown';

const functionNames = ['auth', 'chat', 'documents', 'edge', 'query', 'search', 'tenants', 'usage'];
const tools = ['leak-canary', 'reconcile', 'reindex', 'rollout', 'snapshot', 'tune', 'verify-receipt'];

/**
 * One self-contained folder a function: `main.js` is all that a start loads, what is imported on demand
 * (the model SDK, document formats) lies beside it. Only the optional vector extension, a native
 * library, stays outside.
 */
const bundle = (name: string, input: Record<string, string>, { cleanDir = true } = {}): RolldownOptions => ({
  input,
  platform: 'node',
  external: [/^node:/, 'sqlite-vec'],
  transform: { target: 'node24' },
  output: {
    dir: `dist/${name}`,
    cleanDir,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    format: 'esm',
    minify: true,
    comments: { legal: true },
  },
});

export default defineConfig([
  ...functionNames.map((name) =>
    bundle(name, {
      main: `functions/${name}/main.ts`,
      ...(name === 'documents' ? { 'prepare-worker': 'lib/documents/prepare-worker.ts' } : {}),
    }),
  ),
  bundle('operator', {
    token: 'functions/token.ts',
    ...Object.fromEntries(tools.map((name) => [name, `functions/operator/${name}.ts`])),
  }),
  bundle('', { main: 'functions/main.ts' }, { cleanDir: false }),
]);
