import { expect, test } from 'vitest';
import { ListResponse } from '#functions/documents/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { createCorpus, idsOf } from './corpus.ts';

const documents = [
  { id: 'open', text: 'Salaries are paid monthly.' },
  { id: 'staff', text: 'Salaries of staff rise in spring.', groups: ['staff'] },
];
const secret = { id: 'secret', text: 'Salaries of the board.', groups: ['board', 'audit'] };

async function createWorld() {
  const corpus = await createCorpus([documents[0] ?? {}]);
  const tokens = {
    none: corpus.token,
    staff: await createToken({ groups: ['staff'] }),
    board: await createToken({ groups: ['board'] }),
    both: await createToken({ groups: ['staff', 'audit'] }),
    alike: await createToken({
      groups: ['boar', 'board2', 'Board', 'aud', '*', '%', 'board,audit', ''].filter(Boolean),
    }),
  };
  await corpus.store([documents[1] ?? {}], tokens.staff);
  await corpus.store([secret], tokens.board);
  return { ...corpus, tokens };
}

const visible = {
  none: ['open'],
  staff: ['open', 'staff'],
  board: ['open', 'secret'],
  both: ['open', 'secret', 'staff'],
  alike: ['open'],
};

test.each(Object.entries(visible))('who is in the groups of %s finds %j', async (name, ids) => {
  const { search, call, tokens } = await createWorld();
  const token = tokens[name as keyof typeof visible];
  for (const mode of ['hybrid', 'lexical'])
    expect(idsOf(await search({ query: 'salaries', mode }, token)).toSorted()).toEqual(ids);
  const listed = await parseBody(ListResponse, await call('GET /v1/documents', { token }));
  expect(listed.documents.map(({ id }) => id)).toEqual(ids);
  for (const id of ['open', 'staff', 'secret'])
    for (const target of [`GET /v1/documents/${id}`, `GET /v1/documents/${id}/text`])
      expect((await call(target, { token })).status, target).toBe(ids.includes(id) ? 200 : 404);
});

test.each(['GET /v1/documents/ID', 'GET /v1/documents/ID/text', 'DELETE /v1/documents/ID'])(
  '%s: hidden, foreign and missing are the same bytes',
  async (target) => {
    const { call, token } = await createWorld();
    const foreign = await createToken({ tenant_id: 'beta' });
    await call('PUT /v1/documents/foreign', { token: foreign, json: { text: 'Salaries of beta.' } });
    const headers = { 'x-request-id': 'the-same-request' };
    const answers = await Promise.all(
      ['secret', 'foreign', 'missing'].map(async (id) => {
        const response = await call(target.replace('ID', id), { token, headers });
        const shown = [...response.headers].filter(([name]) => !['traceparent', 'date'].includes(name));
        return { status: response.status, headers: shown, body: await response.text() };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 404 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  },
);

test('a hidden document cannot be replaced, deleted or taken over', async () => {
  const { call, token, tokens } = await createWorld();
  const put = await call('PUT /v1/documents/secret', { token, json: { text: 'Mine now.' } });
  expect(put.status).toBe(404);
  const batch = await call('POST /v1/documents', { token, json: { documents: [{ id: 'secret', text: 'Mine now.' }] } });
  expect(await batch.json()).toMatchObject({ results: [{ id: 'secret', status: 'failed' }] });
  expect((await call('DELETE /v1/documents/secret', { token })).status).toBe(404);
  const text = await call('GET /v1/documents/secret/text', { token: tokens.board });
  expect(await text.text()).toBe(secret.text);
});

test('hidden documents take no place among the hits, and do not show in their scores', async () => {
  const { search, store, token, tokens } = await createWorld();
  const alone = await search({ query: 'salaries monthly', explain: true }, token);
  const many = Array.from({ length: 120 }, (_, index) => ({
    id: `hidden-${index}`,
    text: 'salaries salaries monthly salaries',
    groups: ['board'],
  }));
  await store(many, tokens.board);
  const among = await search({ query: 'salaries monthly', limit: 1, explain: true }, token);
  expect(idsOf(among)).toEqual(['open']);
  expect(among).not.toHaveProperty('next_cursor');
  expect(alone.hits).toHaveLength(1);
});

test('a document whose groups change is hidden or shown when the call returns', async () => {
  const { search, call, tokens } = await createWorld();
  const text = 'Salaries of staff rise in spring.';
  const changed = await call('PUT /v1/documents/staff', { token: tokens.both, json: { text, groups: ['audit'] } });
  expect(changed.status).toBe(200);
  expect(idsOf(await search({ query: 'spring' }, tokens.staff))).toEqual([]);
  expect(idsOf(await search({ query: 'spring' }, tokens.board))).toEqual([]);
  expect(idsOf(await search({ query: 'spring' }, tokens.both))).toEqual(['staff']);
});
