import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { Client } from '../../loadtest/artillery/client.ts';
import { startUpstream, type Reply } from '#tests/support/upstream.ts';
import { clusterEnvironment } from './support/environment.ts';
import { modelSettings } from './support/install.ts';
import { kubectl } from './support/kubectl.ts';
import { createTenant, openClient, startModel, toQuestion, toReply, type Answer } from './support/platform.ts';
import { runScript, type ScriptOutcome } from './support/run-script.ts';

let token: string;
let client: Client;

beforeAll(async () => {
  token = await createTenant('rollouts');
  client = await openClient('edge');
});

const patience = ['--step-seconds', '8', '--poll-seconds', '2', '--min-requests', '6', '--step-timeout', '60'];

/** Rolls a change of the function's environment out, under the load of users that stream answers. */
async function rollOut(env: string): Promise<ScriptOutcome & { answers: (Answer | undefined)[] }> {
  const answers: (Answer | undefined)[] = [];
  const ended = new AbortController();
  const user = async () => {
    while (!ended.signal.aborted) {
      const exchange = await client(toQuestion(token), AbortSignal.timeout(60_000));
      answers.push(exchange.kind === 'answer' ? exchange : undefined);
    }
  };
  const users = Promise.all(Array.from({ length: 6 }, user));
  const outcome = await runScript('functions/operator/rollout.ts', [
    'query',
    '--env',
    env,
    '--smoke-token',
    token,
    '--ingress',
    clusterEnvironment.TEST_CLUSTER_INGRESS,
    ...patience,
  ]);
  ended.abort();
  await users;
  console.log(outcome.output);
  return { ...outcome, answers };
}

const readTraffic = (): Promise<string> =>
  kubectl('get', 'services.serving.knative.dev', 'query', '--output', 'jsonpath={.spec.traffic}');
/** The revision that has the traffic. */
const readServing = (): Promise<string> =>
  kubectl('get', 'services.serving.knative.dev', 'query', '--output', 'jsonpath={.status.traffic[0].revisionName}');

const isWhole = (answer: Answer | undefined): boolean => answer?.isComplete === true && answer.stream?.isWhole === true;

/** Where the models of a revision are. */
const toEnv = (port: number): string => `LLM_CATALOG=${modelSettings(port)['LLM_CATALOG']}`;

/** Another model beside the present one. */
async function startOtherModel(reply: Reply): Promise<string> {
  const other = await startUpstream({ host: clusterEnvironment.TEST_CLUSTER_HOST });
  onTestFinished(() => other.close());
  other.reply(reply);
  return toEnv(Number(new URL(other.url).port));
}

test.each<[string, Reply, string]>([
  ['slow', { ...toReply(10, 50), firstDelay: 4_000 }, 'first token'],
  ['failing', { ...toReply(10, 50), fault: { kind: 'status', status: 500 } }, 'errors'],
])('a revision that is %s gets its traffic taken away by itself, and no stream is cut', async (_, reply, reason) => {
  const model = await startModel();
  model.reply(toReply(10, 50));
  const stable = await readServing();
  const { code, output, answers } = await rollOut(await startOtherModel(reply));
  expect(code).toBe(1);
  expect(output).toContain(reason);
  expect(JSON.parse(await readTraffic())).toEqual([expect.objectContaining({ revisionName: stable, percent: 100 })]);
  expect(answers.length).toBeGreaterThan(20);
  expect(answers.every(isWhole)).toBe(true);
  // Hardly anybody met it.
  const failed = answers.filter((answer) => answer?.stream?.isFailed).length;
  expect(failed).toBeLessThan(answers.length / 10);
});

test('a revision that is fine goes up to 100 %', async () => {
  const model = await startModel();
  model.reply(toReply(10, 50));
  const before = await readServing();
  const { code, output, answers } = await rollOut(toEnv(inject('ports').model));
  expect(code).toBe(0);
  for (const percent of [1, 5, 25, 50, 100]) expect(output).toMatch(new RegExp(`^\\s*${percent} %`, 'm'));
  expect(JSON.parse(await readTraffic())).toEqual([{ latestRevision: true, percent: 100 }]);
  expect(await readServing()).not.toBe(before);
  expect(answers.every((answer) => isWhole(answer) && answer?.stream?.isFailed === false)).toBe(true);

  const status = await runScript('functions/operator/rollout.ts', ['status', 'query']);
  expect(status.output).toContain('100 %');
});
