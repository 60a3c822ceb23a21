import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createToken, type TestPlatform } from '#tests/support/platform.ts';
import { leakageKinds } from '#lib/tenancy/leakage.ts';
import { createRealPlatforms } from '../support/real-platform.ts';

/**
 * Ten thousand requests of one tenant's user that reach for another tenant's documents, over HTTP,
 * against a real OpenSearch behind its security plugin and a real Redis.
 */

const probes = 10_000;
const atOnce = 16;
const canary = 'canary7f3a91';
const ids = ['shared', 'only-beta', 'a/b', 'ä b', 'x.y'];

const beta = freshTenant();
const acme = `${beta}-acme`;

interface Probe {
  method: string;
  path: string;
  json?: unknown;
  headers?: Record<string, string>;
  /** Whether the request says a foreign tenant's name where one counts, and is to be counted. */
  isMention?: boolean;
}

const tricks = [
  `genai_${beta}`,
  `genai_${beta}.v1`,
  `genai_${beta}*`,
  `../genai_${beta}/_search`,
  `${beta}.first`,
  'ledger.first',
  '_all',
  '_search',
  '*',
  '%2e%2e%2f_cat%2findices',
  `genai:{${beta}.`,
];
const word = fc.oneof(
  fc.constantFrom('common', 'text', canary, beta, 'tenant_id', 'kind', '"', "' OR 1=1 --", '\\', '{}', ...tricks),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);
/** Names of the fields that the engine itself knows a row by. */
const reserved = fc.constantFrom(
  'incarnation',
  'write',
  'facts',
  'groups',
  'is_restricted',
  'document_id',
  'entries.write',
  '_id',
  '_index',
  'content',
  'content.grams',
  'embedding',
  'kind\u0000t',
);
const scalar = fc.oneof(word, fc.integer(), fc.boolean());
const filter = fc.dictionary(
  fc.oneof(word, reserved),
  fc.oneof(
    scalar,
    fc.array(scalar, { minLength: 1, maxLength: 4 }),
    fc.record({ gte: word }),
    fc.record({ lte: fc.integer() }),
  ),
  { maxKeys: 3 },
);
const id = fc.oneof(fc.constantFrom(...ids), word);

const toProbe = (cursors: readonly string[]): fc.Arbitrary<Probe> => {
  const cursor = fc.oneof(word, fc.constantFrom(...cursors));
  const mode = fc.constantFrom('hybrid', 'lexical');
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('GET', 'DELETE'), id, fc.constantFrom('', '/text'))
      .map(([method, name, tail]) => ({ method, path: `/v1/documents/${encodeURIComponent(name)}${tail}` })),
    cursor.map((position) => ({ method: 'GET', path: `/v1/documents?cursor=${encodeURIComponent(position)}` })),
    fc
      .record({ query: word, filter, mode, fusion: fc.constantFrom('weighted', 'rrf'), explain: fc.boolean() })
      .map((json) => ({ method: 'POST', path: '/v1/search', json })),
    fc.record({ query: word, cursor }).map((json) => ({ method: 'POST', path: '/v1/search', json })),
    fc.record({ question: word, filter }).map((json) => ({ method: 'POST', path: '/v1/query', json })),
    fc
      .record({ id, text: word, metadata: fc.dictionary(fc.oneof(word, reserved), scalar, { maxKeys: 3 }) })
      .map((document) => ({ method: 'POST', path: '/v1/documents', json: { documents: [document] } })),
    fc.constantFrom('x-tenant-id', 'x-tenant').map((name) => ({
      method: 'POST',
      path: '/v1/search',
      json: { query: 'common' },
      headers: { [name]: beta },
      isMention: true,
    })),
    fc.constant({ method: 'GET', path: `/v1/documents?tenant_id=${beta}`, isMention: true }),
    fc.constant({
      method: 'POST',
      path: '/v1/search',
      json: { query: 'common', filter: { tenant_id: beta } },
      isMention: true,
    }),
    fc.constantFrom('', '/keys', '/suspend').map((tail) => ({ method: 'GET', path: `/v1/tenants/${beta}${tail}` })),
  );
};

interface Answer {
  status: number;
  text: string;
}

/** Calls one after the other on kept connections, so many at once. */
async function sendAll(
  url: string,
  token: string,
  list: readonly Probe[],
  onAnswer: (probe: Probe, answer: Answer) => void,
) {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const { hostname, port } = new URL(url);
  const send = ({ method, path, json, headers = {} }: Probe): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const body = json === undefined ? undefined : JSON.stringify(json);
      const all = {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      };
      const call = httpRequest({ agent, hostname, port, method, path, headers: all }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      call.on('error', reject);
      call.end(body);
    });
  /** Asks again while the engine has no time, as clients do: on a slow machine that is no answer yet. */
  async function insist(probe: Probe): Promise<Answer> {
    let answer = await send(probe);
    for (let tries = 1; answer.status === 503 && tries < 20; tries += 1) {
      await wait(1_000);
      answer = await send(probe);
    }
    return answer;
  }
  const queue = list.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const probe of queue) onAnswer(probe, await insist(probe));
    }),
  );
  agent.destroy();
}

async function leakages(platform: TestPlatform): Promise<number> {
  const counts = await Promise.all(
    leakageKinds.map((kind) => platform.metric(`genai_cross_tenant_leakage_attempts_total{kind="${kind}"}`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

test(
  `${probes} probes get no byte of another tenant’s, and honest traffic raises no alarm`,
  { timeout: 600_000 },
  async () => {
    const [platform] = await createRealPlatforms(1);
    if (!platform) throw new Error('There is no platform');
    const url = await platform.listen();
    const owner = await createToken({ tenant_id: beta, role: 'tenant_admin' });
    const prober = await createToken({ tenant_id: acme, role: 'tenant_admin', groups: ['hr', canary] });
    const documents = ids.map((name) => ({
      id: name,
      title: `${canary} ${name}`,
      text: `common text ${canary}`,
      metadata: { kind: canary, note: name },
    }));
    const own = [{ id: 'shared', text: 'common text of acme', metadata: { kind: 'own' } }];
    await platform.call('POST /v1/documents', { token: owner, json: { documents } });
    await platform.call('POST /v1/documents', { token: prober, json: { documents: own } });
    onTestFinished(async () => {
      const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
      for (const tenant of [acme, beta]) await platform.call(`DELETE /v1/tenants/${tenant}`, { token: admin });
    });

    const page = Object(await (await platform.call('GET /v1/documents?limit=1', { token: owner })).json());
    const hits = Object(
      await (await platform.call('POST /v1/search', { token: owner, json: { query: 'common', limit: 1 } })).json(),
    );
    const cursors = [String(page.next_cursor), String(hits.next_cursor)];

    // Honest traffic first: every kind of request, none of which names anybody else.
    const honest: Probe[] = Array.from(
      { length: 300 },
      (_, index) =>
        [
          { method: 'POST', path: '/v1/search', json: { query: 'common text', filter: { kind: 'own' } } },
          { method: 'GET', path: '/v1/documents/shared' },
          { method: 'GET', path: '/v1/documents/none' },
          { method: 'POST', path: '/v1/query', json: { question: 'What is the common text?' } },
          { method: 'PUT', path: `/v1/documents/own-${index}`, json: { text: 'common', metadata: { tenant: acme } } },
        ][index % 5] as Probe,
    );
    await sendAll(url, prober, honest, (_probe, { status }) => expect(status).toBeLessThan(500));
    expect(await leakages(platform)).toBe(0);

    const list = fc.sample(toProbe(cursors), { numRuns: probes, seed: 20_261 });
    let mentions = 0;
    let answers = 0;
    await sendAll(url, prober, list, (probe, { status, text }) => {
      answers += 1;
      const sent = JSON.stringify(probe);
      expect(status, sent).toBeLessThan(500);
      expect(text, sent).not.toContain(`common text ${canary}`);
      if (!sent.includes(canary)) expect(text, sent).not.toContain(`${canary} `);
      if (!probe.isMention) return;
      mentions += 1;
      expect(status).toBe(403);
    });
    expect(answers).toBe(probes);
    expect(mentions).toBeGreaterThan(probes / 10);
    // A path that names the other tenant is counted as well.
    expect(await leakages(platform)).toBeGreaterThanOrEqual(mentions);

    const kept = Object(await (await platform.call('GET /v1/documents?limit=100', { token: owner })).json());
    expect(kept.documents.map((document: { id: string }) => document.id).toSorted()).toEqual(ids.toSorted());
    for (const name of ids) {
      const text = await platform.call(`GET /v1/documents/${encodeURIComponent(name)}/text`, { token: owner });
      expect(await text.text()).toBe(`common text ${canary}`);
    }
  },
);
