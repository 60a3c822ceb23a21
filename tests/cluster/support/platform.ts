import { readFileSync } from 'node:fs';
import { inject, onTestFinished } from 'vitest';
import { createClient, type Call, type Client } from '../../../loadtest/artillery/client.ts';
import { createIssueToken } from '../../../loadtest/artillery/tokens.ts';
import type { Exchange } from '../../../loadtest/artillery/exchange.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';
import { clusterEnvironment } from './environment.ts';
import { kubectl } from './kubectl.ts';

/** As the local overlay has it. */
export const secret = /^JWT_SECRET=(.+)$/m.exec(readFileSync('knative/overlays/local/secrets.env', 'utf8'))?.[1] ?? '';

const issueToken = createIssueToken(secret, 7_200);
const callMilliseconds = 180_000;

export type Answer = Extract<Exchange, { kind: 'answer' }>;

/** Throws where there was no answer at all. */
export function requireAnswer(exchange: Exchange): Answer {
  if (exchange.kind === 'failure') throw new Error(`The request has failed: ${exchange.reason}`);
  return exchange;
}

/** The URL that Knative gives a function. */
export const urlOf = async (service: string): Promise<string> =>
  kubectl('get', 'services.serving.knative.dev', service, '--output', 'jsonpath={.status.url}');

/** A client of a function, through the ingress. */
export const openClient = async (service: string): Promise<Client> =>
  createClient({
    url: await urlOf(service),
    ingress: clusterEnvironment.TEST_CLUSTER_INGRESS,
    now: () => performance.now(),
  });

const adminToken = (): Promise<string> => issueToken({ sub: 'operator', role: 'platform_admin' });
export const tokenOf = (tenant: string): Promise<string> =>
  issueToken({ sub: 'user-1', role: 'tenant_admin', tenant_id: tenant });

export const callWith =
  (client: Client) =>
  async (call: Call): Promise<Answer> =>
    requireAnswer(await client(call, AbortSignal.timeout(callMilliseconds)));

const refunds = { id: 'refunds', title: 'Refunds', text: 'Refunds are paid out five working days after the goods.' };

/** A tenant with one document; gives a token of its administrator. */
export async function createTenant(id: string): Promise<string> {
  const call = callWith(await openClient('edge'));
  const created = await call({
    method: 'POST',
    path: '/v1/tenants',
    token: await adminToken(),
    json: { id, name: id },
  });
  if (created.status !== 201) throw new Error(`The tenant was not created: ${created.text}`);
  const token = await tokenOf(id);
  const stored = await call({ method: 'POST', path: '/v1/documents', token, json: { documents: [refunds] } });
  if (stored.status !== 200) throw new Error(`The document was not stored: ${stored.text}`);
  return token;
}

/** A question that the document answers, and so reaches the model. */
export const toQuestion = (token: string): Call => ({
  method: 'POST',
  path: '/v1/query',
  token,
  accept: 'text/event-stream',
  json: { question: 'When are refunds paid out?' },
});

/** The model of the cluster's functions, until the test has ended. */
export async function startModel(): Promise<Upstream> {
  const model = await startUpstream({ host: clusterEnvironment.TEST_CLUSTER_HOST, port: inject('modelPort') });
  onTestFinished(() => model.close());
  return model;
}

/** An answer of so many words, one each so many milliseconds. */
export const toReply = (words: number, delay: number) => ({
  chunks: ['Refunds take five days [1]. ', ...Array.from({ length: words - 1 }, (_, index) => `word${index} `)],
  delay,
  usage: { input: 10, output: words },
});
