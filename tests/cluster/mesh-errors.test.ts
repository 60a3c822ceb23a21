import { expect, inject, onTestFinished, test } from 'vitest';
import * as v from 'valibot';
import { applyOverlay } from './support/install.ts';
import { kubectl } from './support/kubectl.ts';
import { until } from './support/pods.ts';
import { createTenant, openClient, requireAnswer, startModel, toQuestion, toReply } from './support/platform.ts';

const Problem = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ status: v.literal(503), code: v.literal('overloaded'), retry_after: v.number(), request_id: v.string() }),
);

const service = ['services.serving.knative.dev', 'query'];
const readField = (path: string) => kubectl('get', ...service, '--output', `jsonpath={${path}}`);

/** One pod that answers one request at a time: ten more wait in front of it, and the queue-proxy refuses the rest. */
async function narrow(): Promise<void> {
  const template = {
    metadata: {
      annotations: {
        'autoscaling.knative.dev/max-scale': '1',
        'autoscaling.knative.dev/min-scale': '1',
        'autoscaling.knative.dev/target': '1',
      },
    },
    spec: { containerConcurrency: 1 },
  };
  const before = await readField('.status.latestReadyRevisionName');
  await kubectl('patch', ...service, '--type', 'merge', '--patch', JSON.stringify({ spec: { template } }));
  await until('the narrow revision serves', async () => {
    const [latest, ready] = await Promise.all([
      readField('.status.latestReadyRevisionName'),
      readField('.status.conditions[?(@.type=="Ready")].status'),
    ]);
    return latest !== before && ready === 'True';
  });
  // Until then the activator holds what comes, and refuses nothing.
  const revision = await readField('.status.latestReadyRevisionName');
  await until('its pods are reached directly', async () => {
    const sks = ['serverlessservices.networking.internal.knative.dev', revision];
    return (await kubectl('get', ...sks, '--output', 'jsonpath={.spec.mode}')) === 'Serve';
  });
}

test('what the mesh refuses in plain text is a problem at the edge, and no answer is half of one', async () => {
  const model = await startModel();
  model.reply(toReply(3, 500));
  const token = await createTenant('mesh-errors');
  onTestFinished(() => applyOverlay(inject('ports')));
  await narrow();
  const flood = async (name: string) => {
    const client = await openClient(name);
    const exchanges = await Promise.all(
      Array.from({ length: 40 }, () => client(toQuestion(token), AbortSignal.timeout(120_000))),
    );
    return exchanges.map(requireAnswer);
  };

  const direct = (await flood('query')).filter(({ status }) => status !== 200);
  expect(direct.length).toBeGreaterThan(0);
  expect(direct.every(({ text }) => text.includes('pending request queue full'))).toBe(true);

  const answers = await flood('edge');
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { head, text, requestId } of refused) {
    expect(head).toMatch(/content-type\napplication\/problem\+json/i);
    expect(v.parse(Problem, text).request_id).toBe(requestId);
  }
  for (const { status, stream } of answers)
    if (status === 200) expect(stream).toMatchObject({ isWhole: true, isFailed: false });
});
