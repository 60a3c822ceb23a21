import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createDocx, paragraph } from '#tests/documents/docx-files.ts';
import { createPdf } from '#tests/documents/pdf-files.ts';
import { clusterEnvironment } from './support/environment.ts';
import { kubectlWith, namespace, readJson } from './support/kubectl.ts';
import { createTenant, startModel, tokenOf, toReply, urlOf } from './support/platform.ts';

const run = promisify(execFile);
const functionNames = ['audit', 'auth', 'chat', 'documents', 'edge', 'query', 'search', 'tenants', 'usage'];

const Services = v.object({
  items: v.array(
    v.object({
      metadata: v.object({ name: v.string(), generation: v.number() }),
      status: v.object({
        observedGeneration: v.number(),
        conditions: v.array(v.object({ type: v.string(), status: v.string() })),
      }),
    }),
  ),
});

test('one command installs everything on an empty cluster', async () => {
  console.log(`ready after ${inject('readyAfter').toFixed(1)} s`);
  const { items } = v.parse(Services, await readJson('get', 'services.serving.knative.dev'));
  expect(items.map(({ metadata }) => metadata.name)).toEqual(functionNames);
  for (const { metadata, status } of items) {
    expect(status.observedGeneration).toBe(metadata.generation);
    expect(status.conditions.every(({ status: is }) => is === 'True')).toBe(true);
  }
});

const pod = (securityContext: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'guest', namespace },
    spec: { containers: [{ name: 'guest', image: clusterEnvironment.TEST_CLUSTER_IMAGE, securityContext }] },
  });

test('the namespace admits restricted pods only, and Knative needed no feature flag for ours', async () => {
  const restricted = {
    runAsNonRoot: true,
    runAsUser: 1000,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  await expect(kubectlWith(pod({}), 'create', '--dry-run=server')).rejects.toThrow('violates PodSecurity "restricted');
  await expect(kubectlWith(pod(restricted), 'create', '--dry-run=server')).resolves.toContain('created');
  const features = v.parse(
    v.object({ data: v.optional(v.record(v.string(), v.string()), {}) }),
    await readJson('get', 'configmap', 'config-features', '--namespace', 'knative-serving'),
  );
  expect(Object.keys(features.data)).toEqual(['_example']);
});

/** The commands of the README's section on how the platform is called. */
function readmeCommands(): string[] {
  const section = readFileSync('README.md', 'utf8').split('\n## Call it\n')[1]?.split('\n## ')[0] ?? '';
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const commands = blocks.join('\n').replaceAll('\\\n', ' ').split('\n');
  return commands.filter((line) => line.startsWith('curl '));
}

test("the README's curl lines work through the ingress, on real engines", async () => {
  const model = await startModel();
  model.reply(toReply(3, 10));
  await createTenant('readme');
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = 'How long is parental leave? Parental leave is sixteen weeks.';
  writeFileSync(join(folder, 'handbook.pdf'), await createPdf([[text]]));
  writeFileSync(join(folder, 'terms.docx'), await createDocx(paragraph(text)));
  // curl reads its own configuration from there: the host's name does not resolve.
  const url = await urlOf('edge');
  const ingress = new URL(clusterEnvironment.TEST_CLUSTER_INGRESS);
  writeFileSync(
    join(folder, '.curlrc'),
    `connect-to = "${new URL(url).hostname}:80:${ingress.hostname}:${ingress.port || '80'}"\nfail-with-body\nmax-time = 60\n`,
  );
  const env = { ...process.env, CURL_HOME: folder, URL: url, TOKEN: await tokenOf('readme') };
  const commands = readmeCommands();
  expect(commands).toHaveLength(3);
  const answers: string[] = [];
  for (const command of commands) answers.push((await run('bash', ['-c', command], { cwd: folder, env })).stdout);
  expect(answers[0]).toContain('"status":"created"');
  expect(answers[1]).toContain('"text":"');
  expect(answers[2]).toContain('"type":"finish"');
  expect(answers[2]?.trimEnd().endsWith('data: [DONE]')).toBe(true);
});
