import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../loadtest/artillery/client.ts';
import { clusterEnvironment } from './support/environment.ts';
import { namespace } from './support/kubectl.ts';
import { listPods, readLog, untilZero } from './support/pods.ts';
import { createTenant, openClient, requireAnswer, startModel, toQuestion, toReply } from './support/platform.ts';

let token: string;
/** What kubectl needs until it watches. */
const watchMilliseconds = 3_000;

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

/** When what an event of the log tells of began and ended. */
function timesOf(log: Record<string, unknown>[], name: string): { begun: number; ended: number } {
  const event = log.find((candidate) => candidate['event'] === name);
  const ended = Date.parse(String(event?.['timestamp']));
  return { begun: ended - Number(event?.['duration']) * 1000, ended };
}

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
  await wait(watchMilliseconds);
  const sent = Date.now();
  const answer = requireAnswer(await client(toCall(), AbortSignal.timeout(60_000)));
  expect(answer.status).toBe(200);

  const pod = (await listPods(service)).find(({ isEnding }) => !isEnding);
  const log = await readLog(pod?.name ?? '');
  const { ended: listening, begun } = timesOf(log, 'started');
  const request = timesOf(log, `${service}_completed`);
  const there = await created;
  console.log(
    [
      `/v1/${service} from zero: first byte after ${toSeconds(answer.firstByte)}`,
      `scheduling ${toSeconds(there - sent)}`,
      `containers ${toSeconds(begun - there)}`,
      `process ${toSeconds(listening - begun)}`,
      `probes and routes ${toSeconds(request.begun - listening)}`,
      `first request ${toSeconds(sent + answer.firstByte - request.begun)}`,
    ].join(', '),
  );
  expect(begun).toBeLessThanOrEqual(listening);
});
