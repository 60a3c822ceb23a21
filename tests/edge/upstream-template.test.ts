import * as v from 'valibot';
import { expect, test } from 'vitest';
import { parseEnv } from '#lib/config/env.ts';
import { edgeEnv } from '#lib/config/variables.ts';
import { toOrigin, UpstreamTemplateSchema } from '#lib/edge/upstream-template.ts';

test.each([
  ['http://{function}.genai-platform.svc.cluster.local', 'http://query.genai-platform.svc.cluster.local'],
  ['https://api-{function}.example.com:8443/', 'https://api-query.example.com:8443'],
])('%s is where the functions are', (template, origin) => {
  expect(toOrigin(v.parse(UpstreamTemplateSchema, template), 'query')).toBe(origin);
});

test.each([
  'http://query.example.com',
  'ftp://{function}.example.com',
  '{function}.example.com',
  'http://{function}.example.com/v1',
  'http://user:password@{function}.example.com',
  'http://{function}.example.com:99999',
  'http://example.com/{function}',
  '',
])('%j stops the start', (template) => {
  expect(() => parseEnv(edgeEnv, { EDGE_UPSTREAM: template })).toThrow('EDGE_UPSTREAM must be');
});
