import * as v from 'valibot';
import { expect, inject, test } from 'vitest';
import { parseEnv, type EnvironmentFragment } from '#lib/config/env.ts';
import * as fragments from '#lib/config/variables.ts';
import { ofKind, type Manifest } from './support/manifest.ts';
import { overlays } from './support/render-overlay.ts';

const Settings = v.object({
  metadata: v.object({ name: v.string() }),
  data: v.record(v.string(), v.string()),
});
const variables: EnvironmentFragment = Object.fromEntries(
  Object.values(fragments).flatMap((fragment) => Object.entries(fragment)),
);

const dataOf = (manifests: Manifest[], kind: string, name: string): Record<string, string> => {
  const found = ofKind(manifests, kind, Settings).find(({ metadata }) => metadata.name.startsWith(`${name}-`));
  if (!found) throw new Error(`There is no ${kind} ${name}`);
  return found.data;
};

test.each(overlays)('overlay %s configures the functions by variables that they have', (overlay) => {
  const config = dataOf(inject('overlays')[overlay], 'ConfigMap', 'genai-config');
  expect(Object.keys(config).filter((name) => !(name in variables))).toEqual([]);
});

test.each(overlays)('overlay %s gives them values that they accept', (overlay) => {
  const manifests = inject('overlays')[overlay];
  const secrets = Object.entries(dataOf(manifests, 'Secret', 'genai-secrets')).map(([name, value]) => [
    name,
    Buffer.from(value, 'base64').toString(),
  ]);
  const source = { ...Object.fromEntries(secrets), ...dataOf(manifests, 'ConfigMap', 'genai-config') };
  expect(parseEnv(variables, source)).toMatchObject({
    METRICS_PORT: 9464,
    STATE_STORE: 'redis',
    SEARCH_ENGINE: 'opensearch',
  });
});
