import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestPlatform, createToken } from '#tests/support/platform.ts';

/**
 * Whatever ids, filters, cursors and questions a user of one tenant makes up, and whatever it may know
 * of the other's, no byte of the other's documents comes back.
 */

const canary = 'canary7f3a';
const names = ['shared', 'beta-only', 'a/b', 'ä b', 'x.y', '~'];
const word = fc.oneof(
  fc.constantFrom('common', 'text', canary, 'beta', 'tenant_id', 'kind', '*', '"', "' OR 1=1 --", '..'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
const id = fc.oneof(fc.constantFrom(...names), word);
const scalar = fc.oneof(word, fc.integer(), fc.boolean());
const filter = fc.dictionary(
  word,
  fc.oneof(
    scalar,
    fc.array(scalar, { minLength: 1, maxLength: 5 }),
    fc.record({ gte: word, lte: word }),
    fc.record({ gte: fc.integer() }),
  ),
  { maxKeys: 4 },
);

test("a tenant's user gets nothing of another tenant's, whatever it asks", { timeout: 60_000 }, async () => {
  const { call } = await createTestPlatform();
  const beta = await createToken({ tenant_id: 'beta' });
  const documents = names.map((name) => ({
    id: name,
    title: `${canary} ${name}`,
    text: `common text ${canary}`,
    metadata: { kind: canary },
  }));
  await call('POST /v1/documents', { token: beta, json: { documents } });
  const acme = await createToken({ role: 'tenant_admin' });
  await call('POST /v1/documents', {
    token: acme,
    json: { documents: [{ id: 'shared', text: 'common text of acme', metadata: { kind: 'own' } }] },
  });
  const foreignPage = Object(await (await call('GET /v1/documents?limit=1', { token: beta })).json());
  const cursor = fc.oneof(word, fc.constant(String(foreignPage.next_cursor)));

  const request = fc.oneof(
    fc
      .tuple(fc.constantFrom('GET', 'DELETE'), id, fc.constantFrom('', '/text'))
      .map(([method, name, tail]) => ({ target: `${method} /v1/documents/${encodeURIComponent(name)}${tail}` })),
    cursor.map((position) => ({ target: `GET /v1/documents?cursor=${encodeURIComponent(position)}` })),
    fc
      .record({ query: word, filter, mode: fc.constantFrom('hybrid', 'lexical') })
      .map((json) => ({ target: 'POST /v1/search', json })),
    fc.record({ query: word, cursor }).map((json) => ({ target: 'POST /v1/search', json })),
    fc.record({ question: word, filter }).map((json) => ({ target: 'POST /v1/query', json })),
    fc
      .record({ id, text: word })
      .map((document) => ({ target: 'POST /v1/documents', json: { documents: [document] } })),
  );
  await fc.assert(
    fc.asyncProperty(request, async ({ target, ...rest }) => {
      const asked = JSON.stringify(rest).includes(canary) || target.includes(canary);
      const response = await call(target, { token: acme, ...rest });
      const body = await response.text();
      expect(response.status).toBeLessThan(500);
      expect(body).not.toContain(`common text ${canary}`);
      if (!asked) expect(body).not.toContain(`${canary} `);
    }),
    { numRuns: 600 },
  );
  const kept = await call('GET /v1/documents?limit=100', { token: beta });
  expect(
    Object(await kept.json())
      .documents.map((document: { id: string }) => document.id)
      .toSorted(),
  ).toEqual(names.toSorted());
});
