import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

const functionNames = ['audit', 'auth', 'chat', 'documents', 'edge', 'query', 'search', 'tenants', 'usage'];
const tools = [
  'leak-canary',
  'prune-audit',
  'reconcile',
  'reindex',
  'rollout',
  'snapshot',
  'tune',
  'verify-audit',
  'verify-receipt',
];

const unusedPackage =
  /^@opentelemetry\/(?:exporter-(?:logs|metrics|trace)-otlp-(?:grpc|proto)|exporter-logs-otlp-http|exporter-prometheus|exporter-zipkin|otlp-grpc-exporter-base|propagator-b3|instrumentation|configuration)$/;
const unusedNames = [
  'B3InjectEncoding',
  'B3Propagator',
  'OTLPLogExporter',
  'OTLPMetricExporter',
  'OTLPTraceExporter',
  'PrometheusExporter',
  'ZipkinExporter',
  'createEmptyMetadata',
  'createInsecureCredentials',
  'createSslCredentials',
  'mergeHeadersConfig',
  'mergePropagatorCompositeConfig',
  'mergeResourceAttributesConfig',
  'parseConfigFile',
];
const unusedModule = '\0unused-telemetry';

/** OpenTelemetry's SDK imports every way of exporting there is. Those that are not ours would double what is loaded. */
const withoutUnusedTelemetry: Plugin = {
  name: 'without-unused-telemetry',
  resolveId: (source) => (unusedPackage.test(source) ? unusedModule : undefined),
  load: (id) =>
    id === unusedModule
      ? [
          ...unusedNames.map((name) => `export const ${name} = undefined;`),
          // The SDK calls it with none.
          'export const registerInstrumentations = () => undefined;',
        ].join('\n')
      : undefined,
};

/**
 * One self-contained folder a function: `main.js` is all that a start loads, what is imported on demand
 * (the model SDK, document formats) lies beside it. Only the optional vector extension, a native
 * library, stays outside.
 */
const bundle = (name: string, input: Record<string, string>, { cleanDir = true } = {}): RolldownOptions => ({
  input,
  platform: 'node',
  external: [/^node:/, 'sqlite-vec'],
  plugins: [withoutUnusedTelemetry],
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
