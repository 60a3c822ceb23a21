import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
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

/** Asks again while an engine that was just started is not reached yet. */
async function insist(send: () => Promise<Answer>, expected: readonly number[]): Promise<void> {
  let answer = await send();
  for (let tries = 1; answer.status === 503 && tries < 15; tries += 1) {
    await wait(2_000);
    answer = await send();
  }
  if (!expected.includes(answer.status)) throw new Error(`The answer was ${answer.status}: ${answer.text}`);
}

/** A tenant with one document; gives a token of its administrator. */
export async function createTenant(id: string, limits: Record<string, number> = {}): Promise<string> {
  const call = callWith(await openClient('edge'));
  const asAdmin = {
    method: 'POST',
    path: '/v1/tenants',
    token: await adminToken(),
    json: { id, name: id, limits },
  } as const;
  await insist(() => call(asAdmin), [201, 409]);
  const token = await tokenOf(id);
  await insist(() => call({ method: 'POST', path: '/v1/documents', token, json: { documents: [refunds] } }), [200]);
  return token;
}

/** A question that the document answers, and that reaches the model each time. */
export const toQuestion = (token: string): Call => ({
  method: 'POST',
  path: '/v1/query',
  token,
  accept: 'text/event-stream',
  headers: { 'cache-control': 'no-cache' },
  json: { question: 'When are refunds paid out?' },
});

/** The model of the cluster's functions. */
export const openModel = (): Promise<Upstream> =>
  startUpstream({ host: clusterEnvironment.TEST_CLUSTER_HOST, port: inject('ports').model });

/** The same until the test has ended. */
export async function startModel(): Promise<Upstream> {
  const model = await openModel();
  onTestFinished(() => model.close());
  return model;
}

/** An answer of so many words, one each so many milliseconds. */
export const toReply = (words: number, delay: number) => ({
  chunks: ['Refunds take five days [1]. ', ...Array.from({ length: words - 1 }, (_, index) => `word${index} `)],
  delay,
  usage: { input: 10, output: words },
});
