import { isIP } from 'node:net';
import { canaryGroup, toDocuments, type Canary } from './canary.ts';
import type { Call } from './client.ts';

export interface Probe {
  /** One line of the report. */
  kind: string;
  call: Call;
  /**
   * `own`: the answer has to show the caller's own canary, without which its silence about the other's proves nothing.
   * `refusal`: it may not succeed. `nothing`: it may succeed or be refused, as long as it shows nothing.
   */
  expects: 'own' | 'refusal' | 'nothing';
}

export interface Cursors {
  search: string | undefined;
  list: string | undefined;
}

/** Probes that name the other tenant: the platform counts each as an attempt to reach it, and alerts. */
export const alarmingKinds: ReadonlySet<string> = new Set(['other’s name', 'other’s administration']);

interface ProbeInput {
  own: Canary;
  other: Canary;
  /** Of the other side's lists. */
  cursors: Cursors;
  word: string;
  host: string;
}

/** Every way to ask for what is the other's, as the own side's user. */
export function toProbes({ own, other, cursors, word, host }: ProbeInput): Probe[] {
  const { token } = own;
  const get = (path: string, headers: Record<string, string> = {}): Call => ({ method: 'GET', path, token, headers });
  const post = (path: string, json: object, headers: Record<string, string> = {}): Call => ({
    method: 'POST',
    path,
    token,
    json,
    headers,
  });
  const search = (options: object = {}, headers = {}) =>
    post('/v1/search', { query: word, limit: 100, ...options }, headers);
  const question = { question: `What is the code of ${word}?`, limit: 20 };
  const documentsOf = (side: Canary) => toDocuments(side, word).map(({ id }) => `/v1/documents/${id}`);
  const all = (kind: string, expects: Probe['expects'], calls: Call[]): Probe[] =>
    calls.map((call) => ({ kind, call, expects }));
  const given = (name: 'search' | 'list', toCall: (cursor: string) => Call): Call[] => {
    const cursor = cursors[name];
    return cursor === undefined ? [] : [toCall(cursor)];
  };

  return [
    ...all('search', 'own', [
      search(),
      search({ mode: 'lexical' }),
      search({ fusion: 'rrf' }),
      search({ highlight: true, explain: true }),
      search({ group_by: 'document' }),
    ]),
    // Refused where the platform has no embedding model.
    ...all('search by vectors', 'nothing', [search({ mode: 'vector' })]),
    ...all('search with a filter', 'own', [search({ filter: { word } }), search({ filter: { word: [word, 'x'] } })]),
    ...all('search with a filter', 'nothing', [
      search({ filter: { word: { gte: '', lte: '~' } } }),
      search({ filter: { groups: canaryGroup } }),
      search({ filter: { document_id: `${other.mark}-first` } }),
    ]),
    ...all('query', 'own', [post('/v1/query', question)]),
    ...all('query as a stream', 'own', [post('/v1/query', question, { accept: 'text/event-stream' })]),
    ...all('chat', 'own', [
      post('/v1/chat/completions', {
        messages: [{ role: 'user', content: question.question }],
        knowledge: { limit: question.limit },
      }),
    ]),
    ...all('list', 'own', [get('/v1/documents?limit=1000')]),
    ...all(
      'document',
      'own',
      documentsOf(own).map((path) => get(path)),
    ),
    ...all(
      'text',
      'own',
      documentsOf(own).map((path) => get(`${path}/text`)),
    ),
    ...all(
      'other’s document',
      'refusal',
      documentsOf(other).map((path) => get(path)),
    ),
    ...all(
      'other’s text',
      'refusal',
      documentsOf(other).map((path) => get(`${path}/text`)),
    ),
    ...all('other’s cursor', 'nothing', [
      ...given('search', (cursor) => search({ limit: 1, cursor })),
      ...given('list', (cursor) => get(`/v1/documents?limit=1&cursor=${encodeURIComponent(cursor)}`)),
    ]),
    ...all('other’s administration', 'refusal', [
      get(`/v1/tenants/${other.tenantId}`),
      get(`/v1/tenants/${other.tenantId}/keys`),
      get(`/v1/tenants/${other.tenantId}/provider-keys`),
      get(`/v1/usage?tenant_id=${other.tenantId}`),
      get('/v1/tenants'),
    ]),
    ...toMentions({ other, search, get, host, question: (json) => post('/v1/query', { ...question, ...json }) }),
  ];
}

interface MentionInput {
  other: Canary;
  search: (options?: object, headers?: Record<string, string>) => Call;
  get: (path: string, headers?: Record<string, string>) => Call;
  question: (json: object) => Call;
  host: string;
}

/** The other tenant's name in each place where a request may name one. */
function toMentions({ other: { tenantId, mark }, search, get, question, host }: MentionInput): Probe[] {
  const documents = '/v1/documents?limit=1000';
  const headers = [
    ...['x-tenant-id', 'x-tenant', 'x-forwarded-host'].map((name) => ({ [name]: tenantId })),
    // An address has no hosts below it.
    { host: isIP(host.replace(/:\d+$|[[\]]/g, '')) > 0 ? tenantId : `${tenantId}.${host}` },
  ];
  const parameters = [`tenant_id=${tenantId}`, `tenant=${tenantId}`];
  const calls = [
    ...headers.flatMap((named) => [
      search({}, named),
      get(documents, named),
      get(`/v1/documents/${mark}-first`, named),
    ]),
    ...parameters.flatMap((named) => [
      get(`${documents}&${named}`),
      get(`/v1/documents/${mark}-first/text?${named}`),
      { ...search(), path: `/v1/search?${named}` },
    ]),
    search({ tenant_id: tenantId }),
    search({ filter: { tenant_id: tenantId } }),
    question({ tenant_id: tenantId }),
    question({ filter: { tenant_id: tenantId } }),
  ];
  return calls.map((call) => ({ kind: 'other’s name', call, expects: 'nothing' }));
}
