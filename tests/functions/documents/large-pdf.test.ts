import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPdf, createPdfBomb } from '#tests/documents/pdf-files.ts';
import { createLibrary, statusesOf, toForm } from './ingest.ts';

const pageCount = 2_000;
const pages = Array.from({ length: pageCount }, (_, index) => [`Page ${index + 1} of the handbook`, `Topic ${index}`]);

test('a PDF of 2,000 pages is stored whole, and meanwhile others are answered', async () => {
  const library = await createLibrary();
  const body = toForm([['handbook.pdf', await createPdf(pages)]], { id: 'handbook' });
  const events: string[] = [];

  const storing = library.post({ body }).finally(() => events.push('stored'));
  while (!events.includes('stored')) {
    expect((await library.call('GET /healthz')).status).toBe(200);
    events.push('answered');
    await wait(10);
  }

  expect(statusesOf(await storing)).toEqual(['created']);
  expect(events.indexOf('stored')).toBeGreaterThan(10);
  const text = await library.textOf('handbook');
  expect(text.split('\n\n')).toHaveLength(pageCount);
  const [hit] = await library.search({ query: 'handbook page 1777', mode: 'lexical', limit: 1 });
  expect(text.slice(hit?.start, hit?.end)).toContain('Page 1777 of the handbook');
});

test('when the client leaves, its document is not stored and the next one is', async () => {
  const library = await createLibrary();
  const url = `${await library.listen()}/v1/documents`;
  const headers = { authorization: `Bearer ${library.token}` };
  const leaving = new AbortController();
  const send = (name: string, content: Uint8Array, signal?: AbortSignal) =>
    fetch(url, { method: 'POST', headers, body: toForm([[name, content]], { id: name }), signal: signal ?? null });

  const endless = createPdfBomb(400);
  const gone = Array.from({ length: 4 }, (_, index) =>
    send(`${index}.pdf`, endless, leaving.signal).catch(() => 'gone'),
  );
  await wait(300);
  leaving.abort();
  expect(await Promise.all(gone)).toEqual(['gone', 'gone', 'gone', 'gone']);

  const stored = await send('after.pdf', await createPdf([['After']]));
  expect(await stored.json()).toMatchObject({ results: [{ id: 'after.pdf', status: 'created' }] });
  expect(await (await library.call('GET /v1/documents')).json()).toMatchObject({ documents: [{ id: 'after.pdf' }] });
});
