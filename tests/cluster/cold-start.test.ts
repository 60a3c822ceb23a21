import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../loadtest/artillery/client.ts';
import { clusterEnvironment } from './support/environment.ts';
import { namespace } from './support/kubectl.ts';
import { listPods, readLog, untilZero } from './support/pods.ts';
import { createTenant, openClient, requireAnswer, startModel, toQuestion, toReply } from './support/platform.ts';

let token: string;

beforeAll(async () => {
  token = await createTenant('cold-start');
});

/** Milliseconds at which a pod of the function is first there, by the clock of `Date`. */
function watchForPod(service: string): Promise<number> {
  const selector = `serving.knative.dev/service=${service}`;
  const args = ['--namespace', namespace, 'get', 'pods', '--selector', selector, '--watch-only', '--output', 'name'];
  const child = spawn('kubectl', args, {
    env: { ...process.env, KUBECONFIG: clusterEnvironment.KUBECONFIG },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', () => resolve(Date.now()));
  });
}

const toSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

const search = (): Call => ({ method: 'POST', path: '/v1/search', token, json: { query: 'refunds' } });

test.each([
  ['search', search],
  ['query', () => toQuestion(token)],
])('/v1/%s answers from zero', async (service, toCall) => {
  const model = await startModel();
  model.reply(toReply(3, 10));
  const client = await openClient(service);
  await untilZero(service);
  const created = watchForPod(service);
  const sent = Date.now();
  const answer = requireAnswer(await client(toCall(), AbortSignal.timeout(60_000)));
  expect(answer.status).toBe(200);

  const pod = (await listPods(service)).find(({ isEnding }) => !isEnding);
  const started = (await readLog(pod?.name ?? '')).find(({ event }) => event === 'started');
  const listening = Date.parse(String(started?.['timestamp']));
  const begun = listening - Number(started?.['duration']) * 1000;
  const there = await created;
  console.log(
    [
      `/v1/${service} from zero: first byte after ${toSeconds(answer.firstByte)}`,
      `scheduling ${toSeconds(there - sent)}`,
      `containers ${toSeconds(begun - there)}`,
      `process ${toSeconds(listening - begun)}`,
      `first request ${toSeconds(sent + answer.firstByte - listening)}`,
    ].join(', '),
  );
  expect(begun).toBeLessThanOrEqual(listening);
});
