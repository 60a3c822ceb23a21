import * as v from 'valibot';
import { expect, test } from 'vitest';
import { createToken } from '#tests/support/platform.ts';
import { startProcess, temporaryDirectory, type PlatformProcess } from '#tests/support/process.ts';

const chunksEach = 12;
const ResultEvent = v.object({ type: v.literal('result'), id: v.string(), status: v.string(), chunks: v.number() });
const SearchAnswer = v.object({
  hits: v.array(v.object({ document_id: v.string(), text: v.string(), start: v.number() })),
});
const ListAnswer = v.object({ documents: v.array(v.object({ id: v.string(), chunks: v.number() })) });

/** Each chunk carries the document's own word and its place. */
const textOf = (id: string): string =>
  Array.from({ length: chunksEach }, (_, index) => `word${id} place${index} ${'filler '.repeat(270)}`).join('\n\n');

async function call({ url }: PlatformProcess, token: string, path: string, body?: object): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: body && path === '/v1/documents' ? 'text/event-stream' : 'application/json',
  };
  return fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** Streams an ingest and kills the process after so many milliseconds; gives the acknowledged ids. */
async function ingestUntilKilled(
  platform: PlatformProcess,
  token: string,
  ids: string[],
  milliseconds: number,
): Promise<string[]> {
  const acknowledged: string[] = [];
  const timer = setTimeout(() => platform.child.kill('SIGKILL'), milliseconds);
  try {
    const documents = ids.map((id) => ({ id, text: textOf(id) }));
    const response = await call(platform, token, '/v1/documents', { documents });
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      for (const [, data] of text.matchAll(/data: (\{.*\})\n\n/g)) {
        const event = v.safeParse(ResultEvent, JSON.parse(data ?? ''));
        if (event.success) acknowledged.push(event.output.id);
      }
      text = text.slice(text.lastIndexOf('\n\n') + 2);
    }
  } catch {
    // The connection went with the process.
  }
  clearTimeout(timer);
  platform.child.kill('SIGKILL');
  await platform.exit;
  return acknowledged;
}

interface Durability {
  /** Beside what every process gets. */
  env?: Record<string, string>;
  /** The tenant whose documents are written. */
  tenant: string;
  rounds: number;
}

/**
 * The process is killed at a random moment of an ingest, again and again on the same data: what was
 * acknowledged is there, no document is there in part, and what was cut short can be sent again.
 */
export function describeDurability(name: string, { env = {}, tenant, rounds }: Durability): void {
  test(
    `${name}: after ${rounds} kills in the middle of an ingest nothing acknowledged is lost, nothing is there in part`,
    { timeout: 180_000 },
    async () => {
      const directory = temporaryDirectory();
      const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
      const start = () => startProcess(directory, env);
      const kept = new Set<string>();
      let cutShort = 0;
      let last: string[] = [];

      for (let round = 0; round < rounds; round += 1) {
        const ids = Array.from({ length: 40 }, (_, index) => `r${round}n${index}`);
        const acknowledged = await ingestUntilKilled(await start(), token, ids, 30 + Math.random() * 500);
        if (acknowledged.length < ids.length) cutShort += 1;
        for (const id of acknowledged) kept.add(id);
        last = ids;
      }
      expect(cutShort).toBeGreaterThan(rounds / 4);

      const platform = await start();
      const listed = v.parse(ListAnswer, await (await call(platform, token, '/v1/documents?limit=1000')).json());
      const ids = new Set(listed.documents.map(({ id }) => id));
      expect([...kept].filter((id) => !ids.has(id))).toEqual([]);
      for (const { id, chunks } of listed.documents) {
        expect(chunks).toBe(chunksEach);
        const text = await (await call(platform, token, `/v1/documents/${id}/text`)).text();
        expect(text).toBe(textOf(id));
        const answer = await call(platform, token, '/v1/search', { query: `word${id}`, limit: 100, mode: 'lexical' });
        const { hits } = v.parse(SearchAnswer, await answer.json());
        expect(hits.filter((hit) => hit.document_id === id)).toHaveLength(chunksEach);
      }

      const documents = last.map((id) => ({ id, text: textOf(id) }));
      const again = await (await call(platform, token, '/v1/documents', { documents })).text();
      expect(again).not.toContain('"failed"');
      expect(again.match(/"type":"result"/g)).toHaveLength(last.length);
    },
  );
}
