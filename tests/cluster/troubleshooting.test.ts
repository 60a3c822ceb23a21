import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import type { Client } from '../../loadtest/artillery/client.ts';
import { applyOverlay } from './support/install.ts';
import { kubectl } from './support/kubectl.ts';
import { queryPrometheus } from './support/observability.ts';
import { callWith, createTenant, openClient, startModel, toQuestion, toReply } from './support/platform.ts';
import { until } from './support/pods.ts';
import { openRunbook, runbookSections, scale, type Runbook } from './support/runbook.ts';

// Each fault is caused, and the page's commands for it are run while it lasts, as they stand there.
const tenant = `trouble-${randomUUID().slice(0, 8)}`;
let token: string;
let edge: Client;
let runbook: Runbook;

beforeAll(async () => {
  token = await createTenant(tenant);
  edge = await openClient('edge');
  runbook = await openRunbook();
});
afterAll(() => runbook.close());

/** Asks one question after the other until the work is done. */
async function whileAsking(work: () => Promise<void>): Promise<void> {
  const question = toQuestion(token);
  const ended = new AbortController();
  const ask = async () => {
    while (!ended.signal.aborted) await edge(question, ended.signal);
  };
  const asking = Promise.all([ask(), ask()]);
  try {
    await work();
  } finally {
    ended.abort();
    await asking;
  }
}

/** Until the section's commands, each named by its beginning, show what is wrong. */
const untilShown = (
  title: string,
  shown: Readonly<Record<string, RegExp>>,
  names: Readonly<Record<string, string>> = {},
): Promise<void> =>
  vi.waitFor(
    async () => {
      const steps = await runbook.follow(title, names);
      for (const [beginning, pattern] of Object.entries(shown)) {
        const step = steps.find(({ command }) => command.startsWith(beginning));
        expect(step?.output, `${title}: ${beginning}`).toMatch(pattern);
      }
    },
    { timeout: 180_000, interval: 2_000 },
  );

const untilAlert = (name: string, states = 'pending|firing'): Promise<void> =>
  until(
    `${name} is ${states}`,
    async () => (await queryPrometheus(`ALERTS{alertname="${name}",alertstate=~"${states}"}`)).length > 0,
  );

test('high latency, and a jump in cost: a model that is late and dear', async () => {
  const model = await startModel();
  model.reply({ ...toReply(2, 10), firstDelay: 4_000, usage: { input: 200_000, output: 50_000 } });
  await whileAsking(async () => {
    await untilAlert('HighQueryLatency');
    await untilShown('High latency', {
      "ask 'histogram_quantile": /"revision":"query-\d{5}"\},"[4-9]/,
      'logs query': /,"simulated","[\da-f]{32}"\]/,
    });
    await untilShown('Cost jumps', {
      "ask 'topk": new RegExp(`"tenant":"${tenant}"\\},"\\d`),
      all: new RegExp(`"tenant": "${tenant}",\n +"user": "user-1"`),
    });
  });
});

test('leakage: a credential that is used for another tenant', async () => {
  const { status } = await callWith(edge)({
    method: 'POST',
    path: '/v1/search',
    token,
    headers: { 'x-tenant-id': 'somebody-else' },
    json: { query: 'refunds' },
  });
  expect(status).toBe(403);
  await untilAlert('CrossTenantLeakageAttempt', 'firing');
  await untilShown('Leakage', {
    "ask 'sum by (kind)": /"kind":"header"\},"[1-9]/,
    all: new RegExp(`"header","${tenant}","user-1"`),
  });
});

test('breaker open: a provider that is not there', () =>
  whileAsking(async () => {
    await untilShown('Breaker open', { "ask 'max by (dependency)": /"dependency":"model:simulator"\},"[12]"/ });
    await untilShown('Errors', { all: /query\tmodel_\w+/ });
    await untilAlert('CircuitBreakerOpen');
  }));

test('breaker open: no Redis', async () => {
  onTestFinished(() => scale('redis', 1));
  await scale('redis', 0);
  await whileAsking(async () => {
    await untilShown('Breaker open', {
      "ask 'max by (dependency)": /"dependency":"state"\},"[12]"/,
      all: /"dependency_down","state",\["/,
      'kubectl get pods': /^opensearch-0(?![^]*^redis-0)/m,
      'kubectl describe': /"redis-0" not found/,
      opensearch: /^health status index/,
    });
    await untilAlert('StateStoreDown');
  });
});

test('pod down: a revision that cannot start', async () => {
  onTestFinished(() => applyOverlay(inject('ports')));
  const wrong = { name: 'LOG_LEVEL', value: 'loud' };
  const patch = [{ op: 'add', path: '/spec/template/spec/containers/0/env/-', value: wrong }];
  const service = ['services.serving.knative.dev', 'usage'];
  const readRevision = (which: 'Created' | 'Ready') =>
    kubectl('get', ...service, '--output', `jsonpath={.status.latest${which}RevisionName}`);
  await kubectl('patch', ...service, '--type=json', `--patch=${JSON.stringify(patch)}`);
  await until(
    'there is a revision that is not ready',
    async () => (await readRevision('Created')) !== (await readRevision('Ready')),
  );
  await untilAlert('PodDown');
  await untilShown(
    'Pod down',
    {
      'kubectl get pods': /CrashLoopBackOff/,
      'kubectl describe': /Back-off restarting failed container/,
      'kubectl logs': /configuration_invalid.*LOG_LEVEL/,
      'kubectl get revision': /^Ready (?:Unknown|False)/m,
    },
    { 'query-00007': await readRevision('Created') },
  );
});

test.each(runbookSections)('the commands of %s are understood', async (title) => {
  const mistake = /syntax error|command not found|jq: error|unknown (?:command|flag)|doesn't have a resource type/;
  for (const { command, output } of await runbook.follow(title)) expect(output, command).not.toMatch(mistake);
});
