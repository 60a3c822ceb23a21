import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { clusterEnvironment } from './support/environment.ts';
import { listPods, untilZero } from './support/pods.ts';
import { createTenant, secret, startModel, toReply, urlOf } from './support/platform.ts';
import { runScript } from './support/run-script.ts';

const functionNames = ['query', 'search', 'documents', 'edge'];
/** As knative/overlays/test has it for `query`: no more than this burst asks for. */
const maxScale = 3;
const size = ['--duration', '20', '--users', '3', '--tenants', '4', '--idle', '75'];

const Summary = v.object({
  requests: v.number(),
  errors: v.number(),
  leaks: v.number(),
});

/** Samples how many pods there are, into the load test's own report, until it is stopped. */
function samplePods(folder: string): { most: Map<string, number>; stop: () => Promise<void> } {
  const most = new Map<string, number>();
  let isStopped = false;
  const sampling = (async () => {
    while (!isStopped) {
      for (const name of functionNames) {
        const pods = (await listPods(name)).filter(({ isEnding }) => !isEnding).length;
        appendFileSync(join(folder, 'pods.ndjson'), `${JSON.stringify({ t: Date.now(), function: name, pods })}\n`);
        most.set(name, Math.max(most.get(name) ?? 0, pods));
      }
      await wait(1_000);
    }
  })();
  return {
    most,
    async stop() {
      isStopped = true;
      await sampling;
    },
  };
}

test('a burst from zero: no request fails, nothing leaks, pods go up to the limit at most and back to zero', async () => {
  const model = await startModel();
  // Long enough to be many at once.
  model.reply(toReply(30, 200));
  const folder = process.env['TEST_CLUSTER_REPORT'] ?? mkdtempSync(join(tmpdir(), 'burst-'));
  if (process.env['TEST_CLUSTER_REPORT'] === undefined) onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(folder, { recursive: true });
  // Of another run.
  for (const file of ['summary.json', 'pods.ndjson']) rmSync(join(folder, file), { force: true });
  // The load test waits for no engine that has just been started.
  await createTenant('burst');
  const pods = samplePods(folder);
  const { output } = await runScript(
    'loadtest/load.ts',
    [
      'burst',
      '--url',
      await urlOf('edge'),
      '--ingress',
      clusterEnvironment.TEST_CLUSTER_INGRESS,
      ...size,
      '--report',
      folder,
    ],
    { env: { JWT_SECRET: secret } },
  );
  await pods.stop();
  console.log(output, Object.fromEntries(pods.most));
  const summary = v.parse(
    v.pipe(v.string(), v.parseJson(), Summary),
    readFileSync(join(folder, 'summary.json'), 'utf8'),
  );
  expect(summary.requests).toBeGreaterThan(90);
  expect(summary).toMatchObject({ errors: 0, leaks: 0 });
  expect(pods.most.get('query')).toBeGreaterThan(1);
  expect(pods.most.get('query')).toBeLessThanOrEqual(maxScale);
  for (const name of functionNames) await untilZero(name);
});
