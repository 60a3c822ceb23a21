import { expect, onTestFinished, test } from 'vitest';
import { testSecret } from '#tests/support/platform.ts';
import { run } from './server-process.ts';

const bad = {
  PORT: 'port-of-no-number',
  METRICS_PORT: '99999999',
  LOG_LEVEL: 'loudest-level',
  JWT_SECRET: 'short-secret',
  JWKS_URL: 'gopher-address',
  LLM_BASE_URL: 'ftp://user:password-in-url@host',
  EMBEDDINGS_DIMENSIONS: 'dimension-of-doubt',
  STATE_STORE: 'store-of-stone',
  SEARCH_ENGINE: 'engine-of-steam',
  TENANT_AUTO_CREATE: 'perhaps-or-not',
};

function start(program: string, env: Record<string, string>) {
  const child = run(program, env);
  onTestFinished(() => child.stop());
  return child;
}

test('a bad environment stops the start, names every bad variable and tells no value', async () => {
  const child = start('functions/dev.ts', bad);
  expect(await child.exited).toBe(1);
  for (const [name, value] of Object.entries(bad)) {
    expect(child.output()).toContain(name);
    expect(child.output()).not.toContain(value);
  }
  expect(child.output()).not.toContain('password-in-url');
  expect(child.output(), 'no stack').not.toMatch(/^\s+at /m);
  expect(child.events().filter(({ event }) => event === 'started')).toEqual([]);
});

test.each(['auth', 'documents', 'query', 'search', 'tenants'])(
  'the function %s does not start without a key for its tokens',
  async (name) => {
    const child = start(`functions/${name}/main.ts`, {});
    expect(await child.exited).toBe(1);
    expect(child.output()).toMatch(/JWT_SECRET|JWKS_URL/);
  },
);

test('an empty variable is one that is not set', async () => {
  const child = start('functions/search/main.ts', { JWT_SECRET: testSecret, JWKS_URL: '', LOG_LEVEL: '' });
  while (!child.events().some(({ event }) => event === 'started') && !child.output().includes('must be'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(child.output()).not.toContain('must be');
});
