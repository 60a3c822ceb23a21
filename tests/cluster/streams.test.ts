import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Client } from '../../loadtest/artillery/client.ts';
import { applyOverlay } from './support/install.ts';
import { kubectl, namespace } from './support/kubectl.ts';
import { listPods, until, type Pod } from './support/pods.ts';
import { createTenant, openClient, requireAnswer, startModel, toQuestion, toReply } from './support/platform.ts';

let token: string;
let query: Client;
let edge: Client;

beforeAll(async () => {
  token = await createTenant('streams');
  query = await openClient('query');
  edge = await openClient('edge');
});

const streamMilliseconds = 240_000;
const ask = async (client: Client) =>
  requireAnswer(await client(toQuestion(token), AbortSignal.timeout(streamMilliseconds)));

/** True for a pod that is answering; its metrics are asked for through the API server. */
async function isStreaming({ name }: Pod): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:9464/proxy/metrics`;
  // One that has not begun to serve, or has ended, answers nobody.
  const metrics = await kubectl('get', '--raw', path).catch(() => '');
  return /^genai_requests_in_flight(?:\{.*\})? [1-9]/m.test(metrics);
}

async function streamingPods(): Promise<string[]> {
  const pods = await listPods('query');
  const answers = await Promise.all(pods.map(isStreaming));
  return pods.filter((_, index) => answers[index]).map(({ name }) => name);
}

const isServing = ({ isReady, isEnding }: Pod): boolean => isReady && !isEnding;

const readRevision = async (): Promise<string> =>
  kubectl('get', 'services.serving.knative.dev', 'query', '--output', 'jsonpath={.status.latestReadyRevisionName}');

test('streams of more than 60 s outlive a new revision, a scale-down, the deletion of pods and a restart of Redis', async () => {
  const model = await startModel();
  // A crowd that makes pods, and is gone while the long streams go on.
  model.reply(toReply(20, 1_000));
  const crowdSize = 30;
  const crowd = Promise.all(Array.from({ length: crowdSize }, () => ask(query)));
  await until('there are several pods', async () => (await listPods('query')).filter(isServing).length > 2);
  // One that was late would be taken for a long stream, and Redis end before those have begun.
  await until('the crowd is being answered', async () => model.calls.length >= crowdSize);
  // On a slow machine all that happens to them takes longer than a minute.
  model.reply(toReply(100, 1_000));
  const clients = [query, query, query, query, query, query, edge, edge];
  const streams = Promise.all(clients.map(ask));
  await until('all streams have begun', async () => model.calls.length >= crowdSize + clients.length);

  await kubectl('delete', 'pod', 'redis-0', '--wait=false');
  const revision = await readRevision();
  await applyOverlay(inject('ports'), { LOG_LEVEL: 'debug' });
  await until('there is a new revision', async () => (await readRevision()) !== revision);
  for (const { stream, text } of await crowd) expect(stream, text).toMatchObject({ isWhole: true, isFailed: false });
  await until('pods are asked to end', async () => (await listPods('query')).some(({ isEnding }) => isEnding));

  // One that answers nobody, at once, and those that stream, in peace.
  const streaming = await streamingPods();
  const idle = (await listPods('query')).find(({ name }) => !streaming.includes(name));
  if (idle) await kubectl('delete', 'pod', idle.name, '--force', '--wait=false');
  expect(streaming.length).toBeGreaterThan(0);
  for (const name of streaming) await kubectl('delete', 'pod', name, '--wait=false');

  for (const { status, stream, isComplete, text } of await streams) {
    expect(status).toBe(200);
    expect(isComplete).toBe(true);
    expect(stream, text).toMatchObject({ isWhole: true, isFailed: false });
    expect(stream?.text).toContain('word98');
  }
  // Whoever asks now is answered by the new revision, with Redis back.
  model.reply(toReply(3, 10));
  expect((await ask(edge)).stream).toMatchObject({ isWhole: true, isFailed: false });
});

test.each([
  ['the function', () => query],
  ['the edge', () => edge],
])('a stream whose pod is killed is a truncation that the client of %s detects', async (_, clientOf) => {
  const model = await startModel();
  model.reply(toReply(60, 1_000));
  const streamed = ask(clientOf());
  await until('the stream has begun', async () => model.calls.length > 0, { seconds: 30 });
  await wait(2_000);
  const [name] = await streamingPods();
  await kubectl('delete', 'pod', name ?? '', '--force', '--grace-period=0', '--wait=false');
  const { stream, text } = await streamed;
  expect(stream?.isWhole).toBe(false);
  expect(text).not.toContain('[DONE]');
  // Nothing strange is glued to what had come.
  expect(text.endsWith('\n\n') || text === '').toBe(true);
});
