import { expect, test } from 'vitest';
import { toNewDocument, toSearch } from '#tests/support/documents.ts';
import { calm, createScope } from '#tests/support/scope.ts';
import { freshTenant, type EngineUnderTest } from './under-test.ts';

/** What a returned write means, and what one that did not return leaves behind. */
export function describeWriting(under: EngineUnderTest): void {
  test('a replaced document is found by its new text only, and keeps the time it was created', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(
      scope,
      [toNewDocument('a', `old elephants. ${'long text to have many chunks. '.repeat(300)}`)],
      calm,
    );
    const before = await under.engine.find(scope, 'a', calm);
    await under.engine.upsert(scope, [toNewDocument('a', 'new giraffes')], calm);
    expect(await under.idsOf(scope, toSearch('elephants chunks'))).toEqual([]);
    expect(await under.idsOf(scope, toSearch('giraffes'))).toEqual(['a']);
    expect(await under.engine.findText(scope, 'a', calm)).toBe('new giraffes');
    expect(await under.engine.find(scope, 'a', calm)).toMatchObject({ chunks: 1, createdAt: before?.createdAt });
  });

  test('a removed document is nowhere when the call returns', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toNewDocument('a', 'gone soon'), toNewDocument('b', 'stays soon')], calm);
    expect(await under.engine.remove(scope, 'a', calm)).toBe(true);
    expect(await under.engine.remove(scope, 'a', calm)).toBe(false);
    expect(await under.idsOf(scope, toSearch('soon gone'))).toEqual(['b']);
    expect(await under.engine.find(scope, 'a', calm)).toBeUndefined();
    expect(await under.engine.findText(scope, 'a', calm)).toBeUndefined();
    expect(await under.engine.findStates(scope, ['a'], calm)).toEqual(new Map());
  });

  test('the list is in order of ids and goes on where it ended', async () => {
    const scope = createScope(freshTenant());
    const ids = ['b', 'a/1', 'a', 'Ω', 'c d', '10', '9'];
    await under.engine.upsert(
      scope,
      ids.map((id) => toNewDocument(id, 'text')),
      calm,
    );
    const all = await under.engine.list(scope, { after: undefined, limit: 100 }, calm);
    expect(all.map(({ id }) => id)).toEqual(ids.toSorted());
    const rest = await under.engine.list(scope, { after: all[2]?.id, limit: 2 }, calm);
    expect(rest.map(({ id }) => id)).toEqual(ids.toSorted().slice(3, 5));
  });

  test('an aborted signal leaves everything as it was', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toNewDocument('a', 'before')], calm);
    const late = new AbortController();
    const big = Array.from({ length: 20 }, (_, index) => toNewDocument(`n${index}`, 'word '.repeat(40_000)));
    const writing = under.engine.upsert(scope, [toNewDocument('a', 'after'), ...big], late.signal);
    setTimeout(() => late.abort(), 5);
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect(await under.engine.findText(scope, 'a', calm)).toBe('before');
    expect((await under.engine.list(scope, { after: undefined, limit: 100 }, calm)).map(({ id }) => id)).toEqual(['a']);
    await expect(under.engine.search(scope, toSearch('before'), AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('two that write the same documents at once leave one of the two, whole', async () => {
    const scope = createScope(freshTenant());
    const text = (name: string) => Array.from({ length: 20 }, () => `${name} ${'filler '.repeat(280)}`).join('\n\n');
    const write = (name: string) =>
      under.engine.upsert(scope, [toNewDocument('a', text(name)), toNewDocument('b', text(name))], calm);
    await Promise.all(['one', 'two', 'three'].map(write));
    const { hits } = await under.engine.search(scope, toSearch('filler', { limit: 100, mode: 'lexical' }), calm);
    for (const id of ['a', 'b']) {
      const stored = await under.engine.findText(scope, id, calm);
      const texts = hits.filter(({ documentId }) => documentId === id).map((hit) => hit.text);
      expect(texts).toHaveLength(toNewDocument(id, stored ?? '').pieces.length);
      expect(new Set(texts.map((piece) => piece.split(' ')[0]))).toEqual(new Set([stored?.split(' ')[0]]));
    }
  });

  test('many that write different documents at once are all served', async () => {
    const scope = createScope(freshTenant());
    await under.engine.upsert(scope, [toNewDocument('first', 'makes the index')], calm);
    const failures = await Promise.all(
      Array.from({ length: 48 }, (_, index) =>
        under.engine.upsert(scope, [toNewDocument(`d${index}`, `text of ${index}`)], calm),
      ),
    );
    expect(failures.flatMap((failed) => [...failed])).toEqual([]);
    expect(await under.engine.count(scope, calm)).toEqual({ documents: 49, chunks: 49 });
  });

  test('what is stored is counted, hidden or not, replaced only once', async () => {
    const scope = createScope(freshTenant());
    expect(await under.engine.count(scope, calm)).toEqual({ documents: 0, chunks: 0 });
    await under.engine.upsert(scope, [toNewDocument('a', 'one'), toNewDocument('b', 'two', { groups: ['hr'] })], calm);
    await under.engine.upsert(scope, [toNewDocument('a', 'three')], calm);
    expect(await under.engine.count(scope, calm)).toEqual({ documents: 2, chunks: 2 });
    await under.engine.remove(scope, 'b', calm);
    expect(await under.engine.count(scope, calm)).toEqual({ documents: 1, chunks: 1 });
  });

  test('searches see whole documents while others are written', async () => {
    const scope = createScope(freshTenant());
    const text = (version: number) =>
      Array.from({ length: 60 }, () => `version${version} ${'filler '.repeat(280)}`).join('\n\n');
    await under.engine.upsert(scope, [toNewDocument('a', text(0))], calm);
    const pieces = (await under.engine.find(scope, 'a', calm))?.chunks ?? 0;
    let isWriting = true;
    const writing = (async () => {
      for (let version = 1; version <= 5; version += 1)
        await under.engine.upsert(scope, [toNewDocument('a', text(version))], calm);
      isWriting = false;
    })();
    while (isWriting) {
      const { hits } = await under.engine.search(scope, toSearch('filler', { limit: 100, mode: 'lexical' }), calm);
      expect(hits).toHaveLength(pieces);
      expect(new Set(hits.map((hit) => hit.text.split(' ')[0])).size).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await writing;
  });
}
