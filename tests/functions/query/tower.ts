import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';

/** A tenant that holds one document about a tower, and a model behind HTTP that is asked about it. */

const text = 'The tower is 96 metres tall. It was built in 1931.';
export const question = 'How tall is the tower?';
export const sse = { accept: 'text/event-stream' };

/** The model of a test file; what it was called with is forgotten between tests. */
export function useUpstream(): { readonly upstream: Upstream } {
  let started: Upstream | undefined;
  const use = {
    get upstream() {
      return started ?? expect.fail('The model has not been started');
    },
  };
  beforeAll(async () => {
    started = await startUpstream();
  });
  beforeEach(() => void use.upstream.calls.splice(0));
  afterAll(() => started?.close());
  return use;
}

export const tower = { id: 'tower', title: 'Tower', text };

export async function createPlatform({ url }: Upstream, document: object = tower, env: NodeJS.ProcessEnv = {}) {
  const platform = await createTestPlatform({
    LLM_BASE_URL: url,
    LLM_MODEL: 'simulated',
    LLM_API_KEY: 'provider-key',
    ...env,
  });
  const token = await createToken();
  const stored = await platform.call('POST /v1/documents', { token, json: { documents: [document] } });
  expect(await stored.json()).toMatchObject({ results: [{ status: 'created' }] });
  return { ...platform, token };
}
