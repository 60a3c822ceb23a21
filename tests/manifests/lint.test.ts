import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { isExcepted, LintExceptions } from './support/lint-exceptions.ts';
import { lint, linters, type Linter } from './support/linters.ts';
import { toLintable } from './support/lintable.ts';
import { parseManifests } from './support/manifest.ts';
import { toWorkloads } from './support/workload.ts';

const kubeLinterOutput = {
  Reports: [
    {
      Diagnostic: { Message: 'object has 1 replica but minimum required replicas is 3' },
      Check: 'minimum-three-replicas',
      Object: {
        Metadata: { FilePath: 'local.yaml' },
        K8sObject: {
          Namespace: 'genai-platform',
          Name: 'jaeger',
          GroupVersionKind: { Group: 'apps', Version: 'v1', Kind: 'Deployment' },
        },
      },
    },
  ],
};
const check = (id: string, grade: number, skipped = false) => ({
  check: { id, name: id },
  grade,
  skipped,
  comments: grade === 10 ? null : [{ path: 'redis', summary: 'It is not right', description: '' }],
});
const kubeScoreOutput = [
  {
    object_name: 'StatefulSet/apps/v1/genai-platform/redis',
    type_meta: { kind: 'StatefulSet', apiVersion: 'apps/v1' },
    object_meta: { name: 'redis' },
    checks: [
      check('fine', 10),
      check('almost', 7),
      check('warned', 5),
      check('critical', 1),
      check('skipped', 1, true),
    ],
  },
];

const linterOf = (name: string): Linter => {
  const found = linters.find((linter) => linter.name === name);
  if (!found) throw new Error(`There is no linter ${name}`);
  return found;
};

/** A program that prints this and exits with 1, as linters do that found something. */
async function createProgram(output: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'genai-linter-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const program = join(directory, 'linter');
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit 1\n`, { mode: 0o700 });
  return program;
}

test('what kube-linter reports is found', async () => {
  const program = await createProgram(JSON.stringify(kubeLinterOutput));
  expect(await lint(linterOf('kube-linter'), program, 'local.yaml')).toEqual([
    {
      linter: 'kube-linter',
      check: 'minimum-three-replicas',
      object: 'Deployment/jaeger',
      message: 'object has 1 replica but minimum required replicas is 3',
    },
  ]);
});

test('what kube-score warns of, or calls critical, is found', async () => {
  const program = await createProgram(JSON.stringify(kubeScoreOutput));
  const finding = { linter: 'kube-score', object: 'StatefulSet/redis', message: 'redis: It is not right' };
  expect(await lint(linterOf('kube-score'), program, 'local.yaml')).toEqual([
    { ...finding, check: 'warned' },
    { ...finding, check: 'critical' },
  ]);
});

test('a linter that is not installed finds nothing, one that fails does not pass for one that is content', async () => {
  expect(await lint(linterOf('kube-score'), '/nowhere/kube-score', 'local.yaml')).toBeUndefined();
  await expect(lint(linterOf('kube-score'), 'false', 'local.yaml')).rejects.toThrow('kube-score');
});

test('a function is linted as a Deployment with all that its pods have', () => {
  const manifests = inject('overlays').production;
  const linted = toWorkloads(parseManifests(toLintable(manifests)));
  expect(linted.filter(({ kind }) => kind === 'Knative Service')).toEqual([]);
  for (const { name, template } of toWorkloads(manifests)) {
    const shown = linted.find((workload) => workload.name === name);
    expect(shown?.template.spec.volumes).toEqual(template.spec.volumes);
    expect(shown?.template.metadata.labels).toMatchObject(template.metadata.labels);
  }
});

test('an exception is for one check of one linter, and for whole names', async () => {
  const [exception] = v.parse(LintExceptions, [
    {
      linter: 'kube-score',
      check: 'a',
      objects: 'Deployment/(grafana|jaeger)',
      reason: 'A reason that says something.',
    },
  ]);
  if (!exception) throw new Error('It was not parsed');
  const finding = { linter: 'kube-score', check: 'a', object: 'Deployment/jaeger', message: '' };
  expect(isExcepted(exception, finding)).toBe(true);
  expect(isExcepted(exception, { ...finding, check: 'b' })).toBe(false);
  expect(isExcepted(exception, { ...finding, linter: 'kube-linter' })).toBe(false);
  expect(isExcepted(exception, { ...finding, object: 'Deployment/jaeger-two' })).toBe(false);
});

test('each exception of these manifests has its reason', async () => {
  const file = await readFile(join(import.meta.dirname, '../../knative/lint-exceptions.yaml'), 'utf8');
  expect(v.safeParse(LintExceptions, parse(file)).issues).toBeUndefined();
});
