import * as v from 'valibot';
import { createCanary } from './canary.ts';
import type { Call } from './client.ts';
import { toInput, toQuestion } from './documents.ts';
import type { Expectation } from './judge.ts';
import type { LoadTenant } from './plan.ts';
import { pick, type RandomInt } from './random.ts';

export const actionNames = ['query', 'stream', 'search', 'probe', 'ingest', 'list'] as const;
export type ActionName = (typeof actionNames)[number];

export interface Action extends Pick<Expectation, 'isRight' | 'isStream'> {
  call: Omit<Call, 'token'>;
}

interface ActionInput {
  tenant: LoadTenant;
  others: readonly LoadTenant[];
  randomInt: RandomInt;
}

const post = (path: string, json: unknown): Action['call'] => ({ method: 'POST', path, json });
/** A question that is answered anew each time: a cached answer would say nothing of search and model. */
const ask = (question: string): Action['call'] => ({
  ...post('/v1/query', { question }),
  headers: { 'cache-control': 'no-cache' },
});
const holds =
  (canary: string): Expectation['isRight'] =>
  (body) =>
    body.includes(canary);

const IngestAnswer = v.object({ results: v.tuple([v.object({ status: v.picklist(['created', 'updated']) })]) });

const isIngested = (body: string): boolean => v.is(v.pipe(v.string(), v.parseJson(), IngestAnswer), body);

/** What a user does, and what the answer must hold. */
export const actions: Record<ActionName, (input: ActionInput) => Action> = {
  query({ tenant, randomInt }) {
    const document = pick(tenant.documents, randomInt);
    return { call: ask(toQuestion(document)), isRight: holds(document.canary) };
  },

  stream({ tenant, randomInt }) {
    const document = pick(tenant.documents, randomInt);
    const call = { ...ask(toQuestion(document)), accept: 'text/event-stream' };
    return { call, isStream: true, isRight: holds(document.canary) };
  },

  search({ tenant, randomInt }) {
    const { canary } = pick(tenant.documents, randomInt);
    return { call: post('/v1/search', { query: canary }), isRight: holds(canary) };
  },

  /** Searches for what another tenant holds: any trace of it in the answer is a leak. */
  probe({ others, randomInt }) {
    const { canary } = pick(pick(others, randomInt).documents, randomInt);
    return { call: post('/v1/search', { query: canary }) };
  },

  /** Replaces one of a few notes, so that a long run doesn't grow the index. */
  ingest({ tenant, randomInt }) {
    const text = `The shift found ${createCanary(tenant.tag, randomInt)} and wrote it down.`;
    const documents = [{ id: `note-${randomInt(8)}`, title: 'Note of the shift', text }];
    return { call: post('/v1/documents', { documents }), isRight: isIngested };
  },

  list({ tenant, randomInt }) {
    const { id } = pick(tenant.documents, randomInt);
    return { call: { method: 'GET', path: '/v1/documents?limit=100' }, isRight: holds(`"${id}"`) };
  },
};

export const toDocumentsCall = ({ documents }: Pick<LoadTenant, 'documents'>): Action['call'] =>
  post('/v1/documents', { documents: documents.map(toInput) });
