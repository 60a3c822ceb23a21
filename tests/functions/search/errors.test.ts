import { expect, test } from 'vitest';
import { createCorpus } from './corpus.ts';

test.each([
  [{}, 'query'],
  [{ query: '' }, 'query'],
  [{ query: ' \n ' }, 'query'],
  [{ query: 7 }, 'query'],
  [{ query: 'x'.repeat(4_001) }, 'query'],
  [{ query: 'x', limit: 0 }, 'limit'],
  [{ query: 'x', limit: 101 }, 'limit'],
  [{ query: 'x', limit: 1.5 }, 'limit'],
  [{ query: 'x', limit: '5' }, 'limit'],
  [{ query: 'x', limit: null }, 'limit'],
  [{ query: 'x', mode: 'semantic' }, 'mode'],
  [{ query: 'x', mode: 'vector' }, 'mode'],
  [{ query: 'x', group_by: 'title' }, 'group_by'],
  [{ query: 'x', highlight: 'yes' }, 'highlight'],
  [{ query: 'x', cursor: 'x'.repeat(1_001) }, 'cursor'],
  [{ query: 'x', offset: 10 }, 'offset'],
  [{ query: 'x', Query: 'y' }, 'Query'],
  [{ query: 'x', toString: 1 }, 'toString'],
  [{ query: 'x', constructor: 1 }, 'constructor'],
])('a search of %j is refused with the name of its fault', async (json, path) => {
  const { call, token } = await createCorpus([]);
  const response = await call('POST /v1/search', { token, json });
  expect(response.status).toBe(400);
  const problem = JSON.parse(await response.text());
  expect(problem).toMatchObject({ code: 'invalid_request', request_id: response.headers.get('x-request-id') });
  expect(problem.errors.map((error: { path: string }) => error.path)).toContain(path);
});
