import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Client } from '../../loadtest/artillery/client.ts';
import { applyOverlay, modelSettings } from './support/install.ts';
import { kubectl } from './support/kubectl.ts';
import { listPods, until } from './support/pods.ts';
import { createTenant, openClient, requireAnswer, startModel, toQuestion, toReply } from './support/platform.ts';
import type { Upstream } from '#tests/support/upstream.ts';

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

/** The pods that are streaming, by their addresses as the model sees them. */
async function streamingPods(model: Upstream): Promise<string[]> {
  const addresses = new Set(model.calls.filter(({ isComplete }) => !isComplete).map(({ address }) => address));
  const pods = await listPods('query');
  return pods.filter(({ ip }) => ip !== undefined && addresses.has(ip)).map(({ name }) => name);
}

const revisionOf = async (): Promise<string> =>
  kubectl('get', 'services.serving.knative.dev', 'query', '--output', 'jsonpath={.status.latestReadyRevisionName}');

test('streams of 60 s outlive a new revision, a scale-down, the deletion of pods and a restart of Redis', async () => {
  const model = await startModel();
  model.reply(toReply(60, 1_000));
  const clients = [query, query, query, query, edge, edge];
  const streams = Promise.all(clients.map(ask));
  await until('all streams have begun', async () => model.calls.length === clients.length);

  await kubectl('delete', 'pod', 'redis-0', '--wait=false');
  const before = await revisionOf();
  await applyOverlay({ ...modelSettings(inject('modelPort')), LOG_LEVEL: 'debug' });
  await until('there is a new revision', async () => (await revisionOf()) !== before);
  // The traffic is the new revision's: the old one's pods are asked to end, with their streams.
  await until('the old pods are ending', async () =>
    (await listPods('query')).filter(({ revision }) => revision === before).every(({ isEnding }) => isEnding),
  );
  expect((await streamingPods(model)).length).toBeGreaterThan(0);
  // Another's pod, at once, and their own, in peace.
  const other = (await listPods('query')).find(({ revision }) => revision !== before);
  if (other) await kubectl('delete', 'pod', other.name, '--force', '--wait=false');
  for (const name of await streamingPods(model)) await kubectl('delete', 'pod', name, '--wait=false');

  for (const { status, stream, isComplete } of await streams) {
    expect(status).toBe(200);
    expect(isComplete).toBe(true);
    expect(stream).toMatchObject({ isWhole: true, isFailed: false });
    expect(stream?.text).toContain('word58');
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
  await until('the stream has begun', async () => model.calls.length === 1);
  await wait(2_000);
  const [name] = await streamingPods(model);
  await kubectl('delete', 'pod', name ?? '', '--force', '--grace-period=0', '--wait=false');
  const { stream, text } = await streamed;
  expect(stream?.isWhole).toBe(false);
  expect(text).not.toContain('[DONE]');
  // Nothing strange is glued to what had come.
  expect(text.endsWith('\n\n') || text === '').toBe(true);
});
