import * as v from 'valibot';
import type { TenantRef } from '#lib/tenancy/state-key.ts';
import type { Embed, ReindexProgress } from '../engine.ts';
import { toIndexedText } from '../indexed-text.ts';
import type { TenantDatabases } from './databases.ts';
import { fromJson } from './rows.ts';
import { toBlob } from './write.ts';

interface ReindexDeps {
  databases: TenantDatabases;
  embedder: string | undefined;
}

const Documents = v.array(v.object({ row: v.number(), title: v.string(), fingerprint: v.string() }));
const Chunks = v.array(v.object({ row: v.number(), headings: fromJson(v.array(v.string())), text: v.string() }));
const pageSize = 50;

/**
 * Gives the documents that another embedder, or none, has made vectors for the present one's, one after
 * the other. Words and n-grams do not depend on it. A document that is replaced meanwhile has its new vectors already.
 */
export const createReindex = ({ databases, embedder }: ReindexDeps) =>
  async function* reindex(
    tenant: TenantRef,
    embed: Embed | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ReindexProgress> {
    if (embedder === undefined || !embed) return;
    const counts = databases.read(tenant, ({ prepare }) =>
      prepare('SELECT count(*) AS total, count(*) FILTER (WHERE embedder IS ?) AS done FROM document').get(embedder),
    );
    const total = Number(counts?.['total']);
    let done = Number(counts?.['done']);
    for (;;) {
      signal.throwIfAborted();
      const documents = databases.read(tenant, ({ prepare }) =>
        v.parse(
          Documents,
          prepare('SELECT row, title, fingerprint FROM document WHERE embedder IS NOT ? ORDER BY row LIMIT ?').all(
            embedder,
            pageSize,
          ),
        ),
      );
      if (documents.length === 0) return;
      for (const { row: document, title, fingerprint } of documents) {
        const chunks = databases.read(tenant, ({ prepare }) =>
          v.parse(
            Chunks,
            prepare('SELECT row, headings, text FROM chunk WHERE document = ? ORDER BY row').all(document),
          ),
        );
        const vectors = await embed(
          chunks.map((chunk) => toIndexedText(title, chunk)),
          signal,
        );
        await databases.write(
          tenant,
          async ({ prepare, run }) => {
            const known = prepare('SELECT fingerprint FROM document WHERE row = ?').get(document)?.['fingerprint'];
            if (known !== fingerprint) return;
            for (const [index, { row }] of chunks.entries()) {
              const vector = vectors[index];
              if (vector) run('UPDATE chunk SET embedding = :blob WHERE row = :row', { blob: toBlob(vector), row });
            }
            run('UPDATE document SET embedder = :embedder WHERE row = :document', { embedder, document });
          },
          signal,
        );
        done += 1;
        yield { done: Math.min(done, total), total };
      }
    }
  };
