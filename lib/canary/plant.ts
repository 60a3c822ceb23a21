import * as v from 'valibot';
import type { Clock } from '#lib/core/clock.ts';
import { toDocuments, type Canary } from './canary.ts';
import type { Answer, Call, Send } from './client.ts';

export interface Plant {
  /** Registers the tenant where nobody has. */
  ensureTenant(adminToken: string, tenantId: string, signal: AbortSignal): Promise<void>;
  /** Stores the documents, and deletes what a run has left that was killed. */
  plant(canary: Canary, word: string, signal: AbortSignal): Promise<void>;
  remove(canary: Canary, word: string, signal: AbortSignal): Promise<void>;
}

export const markPrefix = 'canary-';
/** No run takes so long. */
const leftOverMilliseconds = 3_600_000;

const Results = v.object({ results: v.array(v.object({ status: v.picklist(['created', 'updated', 'unchanged']) })) });
const List = v.object({
  documents: v.array(v.object({ id: v.string(), created_at: v.pipe(v.string(), v.isoTimestamp()) })),
});

const toFailure = ({ method, path }: Call, { status, body }: Answer): Error =>
  new Error(`${method} ${path} was answered with ${status}: ${body.slice(0, 200)}`);

export function createPlant({ send, now }: { send: Send; now: Clock }): Plant {
  async function require(call: Call, statuses: readonly number[], signal: AbortSignal): Promise<string> {
    const answer = await send(call, signal);
    if (!statuses.includes(answer.status)) throw toFailure(call, answer);
    return answer.body;
  }

  const removeDocument = async (token: string, id: string, signal: AbortSignal) => {
    await require({ method: 'DELETE', path: `/v1/documents/${id}`, token }, [204, 404], signal);
  };

  async function removeLeftOvers({ token }: Canary, signal: AbortSignal): Promise<void> {
    const body = await require({ method: 'GET', path: '/v1/documents?limit=1000', token }, [200], signal);
    const { documents } = v.parse(v.pipe(v.string(), v.parseJson(), List), body);
    for (const { id, created_at: createdAt } of documents) {
      const isLeftOver = id.startsWith(markPrefix) && now() - Date.parse(createdAt) > leftOverMilliseconds;
      if (isLeftOver) await removeDocument(token, id, signal);
    }
  }

  return {
    async ensureTenant(token, id, signal) {
      await require({ method: 'POST', path: '/v1/tenants', token, json: { id, name: id } }, [201, 409], signal);
    },
    async plant(canary, word, signal) {
      await removeLeftOvers(canary, signal);
      const json = { documents: toDocuments(canary, word) };
      const body = await require({ method: 'POST', path: '/v1/documents', token: canary.token, json }, [200], signal);
      v.parse(v.pipe(v.string(), v.parseJson(), Results), body);
    },
    async remove(canary, word, signal) {
      for (const { id } of toDocuments(canary, word)) await removeDocument(canary.token, id, signal);
    },
  };
}
