import { registerHooks } from 'node:module';

/** Every function in one process, with nothing that observes it: neither metrics nor audit. Log and traces are the environment's to say. */
const quiet = new Map([
  ['#lib/telemetry/metrics.ts', './quiet-metrics.ts'],
  ['#lib/audit/create-audit-trail.ts', './quiet-audit.ts'],
]);

registerHooks({
  resolve(specifier, context, next) {
    const replacement = quiet.get(specifier);
    return replacement === undefined
      ? next(specifier, context)
      : next(new URL(replacement, import.meta.url).href, context);
  },
});
await import('#functions/dev.ts');
