import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { functionsByPath } from '#lib/edge/routes.ts';
import { ofKind, parseManifests } from './support/manifest.ts';

const Filter = v.variant('type', [
  v.object({ type: v.literal('URLRewrite'), urlRewrite: v.object({ hostname: v.string() }) }),
  v.object({
    type: v.literal('RequestHeaderModifier'),
    requestHeaderModifier: v.object({ remove: v.array(v.string()) }),
  }),
]);
const Route = v.object({
  spec: v.object({
    rules: v.array(
      v.object({
        matches: v.array(v.object({ path: v.object({ type: v.literal('PathPrefix'), value: v.string() }) })),
        filters: v.array(Filter),
      }),
    ),
  }),
});

const file = join(import.meta.dirname, '../../knative/edge/gateway-api/route.yaml');
const routes = ofKind(parseManifests(await readFile(file, 'utf8')), 'HTTPRoute', Route);
const rules = routes.flatMap(({ spec }) => spec.rules);

test('no rule lets a client say which traces are kept', () => {
  expect(rules.length).toBeGreaterThan(0);
  for (const { matches, filters } of rules) {
    const removed = filters.flatMap((filter) =>
      filter.type === 'RequestHeaderModifier' ? filter.requestHeaderModifier.remove : [],
    );
    expect(removed, JSON.stringify(matches)).toEqual(expect.arrayContaining(['traceparent', 'tracestate']));
  }
});

test('each path leads to the function that the edge would ask', () => {
  const byPath = rules.flatMap(({ matches, filters }) => {
    const hosts = filters.flatMap((filter) => (filter.type === 'URLRewrite' ? [filter.urlRewrite.hostname] : []));
    return matches.map(({ path }) => [path.value, hosts.map((host) => host.split('.')[0]).join()] as const);
  });
  expect(Object.fromEntries(byPath)).toEqual(Object.fromEntries(functionsByPath));
});
