import { expect, test } from 'vitest';
import { startAnsweringProxy } from '../support/answering-proxy.ts';
import { admin, createFaultWorld, openSearchUrl } from './fault-world.ts';

/** What they see when it refuses some rows of a batch, or all for want of room. */

test('of a bulk only the rows that failed are sent again', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createFaultWorld(proxy.url);
  let failures = 1;
  proxy.intercept(({ path, body }, ask) => {
    if (!path.includes('/_bulk') || failures === 0) return undefined;
    failures -= 1;
    const lines = body.trimEnd().split('\n');
    // The engine gets all but the last row, whose place in the answer says that there was no room for it.
    const kept = lines.slice(0, -2);
    return ask(`${kept.join('\n')}\n`).then((answer) => {
      const parsed = JSON.parse(answer.body);
      const rejected = { status: 429, error: { type: 'rejected_execution_exception', reason: 'full' } };
      return {
        status: 200,
        body: JSON.stringify({ ...parsed, errors: true, items: [...parsed.items, { index: rejected }] }),
      };
    });
  });
  proxy.seen.length = 0;
  const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `text ${id}` }));
  const stored = await world.call('POST /v1/documents', { token: world.token, json: { documents } });
  expect(await stored.json()).toMatchObject({ results: documents.map(() => ({ status: 'created' })) });
  const bulks = proxy.seen
    .filter(({ path }) => path.includes('/_bulk'))
    .map(({ body }) => body.trimEnd().split('\n').length / 2);
  expect(bulks).toEqual([6, 1]);
  const found = await world.call('POST /v1/search', { token: world.token, json: { query: 'text' } });
  expect(Object(await found.json()).hits).toHaveLength(3);
});

test('a row that fails for good fails its own document alone', async () => {
  const proxy = await startAnsweringProxy(openSearchUrl);
  const world = await createFaultWorld(proxy.url);
  proxy.intercept(({ path, body }, ask) => {
    if (!path.includes('/_bulk')) return undefined;
    // One row is made such that the engine's strict mapping refuses it.
    return ask(body.replace('"text":"text b"', '"text":"text b","no_such_field":1'));
  });
  const documents = ['a', 'b', 'c'].map((id) => ({ id, text: `text ${id}` }));
  const stored = await world.call('POST /v1/documents', { token: world.token, json: { documents } });
  expect(await stored.json()).toMatchObject({
    results: [{ status: 'created' }, { id: 'b', status: 'failed', error: { code: 'internal' } }, { status: 'created' }],
  });
  proxy.intercept(undefined);
  const found = await world.call('POST /v1/search', { token: world.token, json: { query: 'text' } });
  expect(
    Object(await found.json())
      .hits.map((hit: { document_id: string }) => hit.document_id)
      .toSorted(),
  ).toEqual(['a', 'c']);
});

test('on a full disk writing is refused with 507, reading goes on', async () => {
  const world = await createFaultWorld(openSearchUrl);
  // What the engine does to an index by itself at the flood stage.
  await admin('PUT', `/genai_${world.tenant}/_settings`, { 'index.blocks.read_only_allow_delete': true });
  const response = await world.call('PUT /v1/documents/more', { token: world.token, json: { text: 'more' } });
  expect(await response.json()).toMatchObject({ status: 507, code: 'storage_full' });
  expect(await (await world.search()).json()).toMatchObject({ hits: [{ document_id: 'returns' }] });
  await admin('PUT', `/genai_${world.tenant}/_settings`, { 'index.blocks.read_only_allow_delete': null });
  expect((await world.call('PUT /v1/documents/more', { token: world.token, json: { text: 'more' } })).status).toBe(201);
});
