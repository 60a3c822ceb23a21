import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { beforeAll, expect, test } from 'vitest';
import type { Call, Client } from '../../loadtest/artillery/client.ts';
import { kubectl } from './support/kubectl.ts';
import { listPods, until } from './support/pods.ts';
import {
  callWith,
  createTenant,
  openClient,
  requireAnswer,
  startModel,
  toReply,
  type Answer,
} from './support/platform.ts';

let token: string;
let edge: Client;

beforeAll(async () => {
  token = await createTenant(`gateway-${randomUUID().slice(0, 8)}`);
  edge = await openClient('edge');
});

const Usage = v.object({
  rows: v.array(
    v.object({ model: v.string(), requests: v.number(), output_tokens: v.number(), cost_dollars: v.number() }),
  ),
});

async function readUsage(): Promise<v.InferOutput<typeof Usage>['rows']> {
  const { text } = await callWith(edge)({ method: 'GET', path: '/v1/usage?group_by=model', token });
  return v.parse(Usage, JSON.parse(text)).rows;
}

const toChat = (json: object, headers: Record<string, string> = {}): Call => ({
  method: 'POST',
  path: '/v1/chat/completions',
  token,
  headers,
  json: { model: 'simulated', messages: [{ role: 'user', content: 'Say hello' }], ...json },
});

test('the gateway answers through the ingress, tells the cost and writes it down', async () => {
  const model = await startModel();
  model.reply(toReply(5, 10));
  const models = await callWith(edge)({ method: 'GET', path: '/v1/models', token });
  expect(models.text).toContain('"simulated"');
  const answer = await callWith(edge)(toChat({}));
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({ object: 'chat.completion', usage: { prompt_tokens: 10 } });
  // 10 tokens at a dollar a million, 5 at ten.
  expect(answer.head.toLowerCase()).toContain('x-genai-cost-dollars\n0.00006');
  expect(await readUsage()).toContainEqual({
    model: 'simulated',
    requests: 1,
    output_tokens: 5,
    cost_dollars: 0.000_06,
  });
});

test('a stream whose pod was deleted is answered once by a retry with the same key, and paid for once', async () => {
  const before = (await readUsage()).find(({ model }) => model === 'simulated')?.requests ?? 0;
  const model = await startModel();
  model.reply(toReply(40, 1_000));
  const chat = toChat({ stream: true }, { 'idempotency-key': randomUUID() });
  const ask = async (): Promise<Answer> => requireAnswer(await edge(chat, AbortSignal.timeout(120_000)));
  const first = ask();
  await until('the stream has begun', async () => model.calls.length > 0, { seconds: 30 });
  await wait(2_000);
  for (const { name } of await listPods('chat')) {
    await kubectl('delete', 'pod', name, '--force', '--grace-period=0', '--wait=false');
  }
  expect((await first).text).not.toContain('[DONE]');

  model.reply(toReply(5, 10));
  let retried = await ask();
  for (let tries = 1; retried.status === 409 && tries < 40; tries += 1) {
    await wait(1_000);
    retried = await ask();
  }
  expect(retried.status).toBe(200);
  expect(retried.text).toContain('word3');
  expect(retried.text).toContain('[DONE]');
  const again = await ask();
  expect(again.text).toBe(retried.text);
  expect(again.head.toLowerCase()).toContain('idempotency-replayed\ntrue');
  expect(model.calls).toHaveLength(2);

  // The lease of the pod that is gone has expired by then.
  await wait(30_000);
  expect((await readUsage()).find(({ model: id }) => id === 'simulated')).toMatchObject({ requests: before + 1 });
});

test('a limit of requests holds over all pods', async () => {
  const model = await startModel();
  model.reply({ chunks: ['Hello'], usage: { input: 1, output: 1 }, firstDelay: 500 });
  // One is taken by the document that the tenant begins with.
  const limited = await createTenant(`limited-${randomUUID().slice(0, 8)}`, { requests_per_minute: 21 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () =>
      requireAnswer(await edge({ ...toChat({}), token: limited }, AbortSignal.timeout(120_000))),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(statuses.filter((status) => status === 429)).toHaveLength(40);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.head.toLowerCase()).toMatch(/retry-after\n\d+/);
});
