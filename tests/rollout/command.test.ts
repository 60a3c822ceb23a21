import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readArguments } from '#functions/operator/rollout-arguments.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { startAnswerServer, type Answer, type ReceivedRequest } from './answer-server.ts';
import { revisionObject, serviceObject } from './kube-objects.ts';

/** Runs the command as an operator does, against an API server that answers so. */
async function run(args: string[], toAnswer: (request: ReceivedRequest) => Answer) {
  const { url, received } = await startAnswerServer(toAnswer);
  const file = join(temporaryDirectory(), 'kubeconfig');
  const cluster = { server: url, 'insecure-skip-tls-verify': true };
  const config = {
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: 'deployer-token' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  const outcome = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(
      process.execPath,
      ['functions/operator/rollout.ts', ...args],
      { env: { PATH: process.env['PATH'], KUBECONFIG: file } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
  return { ...outcome, received };
}

const serve = ({ url, method }: ReceivedRequest): Answer => {
  if (url.pathname.endsWith('/revisions')) return { body: { items: [revisionObject] } };
  if (url.pathname.endsWith('/services')) return { body: { items: [serviceObject] } };
  return method === 'GET' || method === 'PATCH' ? { body: serviceObject } : { status: 405 };
};

test('the status of all functions is shown', async () => {
  const { code, output } = await run(['status'], serve);
  expect(output).toBe('query  ready\n  query-00001  100 % ready          genai:1\n');
  expect(code).toBe(0);
});

test('a rollback that cannot be says why', async () => {
  const { code, output, received } = await run(['rollback', 'query', '--namespace', 'other'], serve);
  expect(output).toBe('query has no ready revision before query-00001\n');
  expect(code).toBe(1);
  expect(received[0]?.url.pathname).toContain('/namespaces/other/');
});

test('a rollout that the API server refuses says why and where to look', async () => {
  const refuse = (request: ReceivedRequest): Answer =>
    request.method === 'PATCH' ? { status: 403, body: { message: 'services is forbidden' } } : serve(request);
  const { code, output } = await run(['query', '--image', 'genai:2'], refuse);
  expect(output).toContain('The API server answered 403: services is forbidden');
  expect(output).toContain('npm run rollout -- status query');
  expect(code).toBe(1);
});

test('what is no call is explained', async () => {
  const { code, output, received } = await run(['nothing'], serve);
  expect(output).toContain('Usage: npm run rollout');
  expect(code).toBe(2);
  expect(received).toEqual([]);
});

test('a rollout has its defaults and takes what is given', () => {
  expect(readArguments(['query', '--image', 'genai:2'])).toMatchObject({
    command: 'rollout',
    service: 'query',
    namespace: 'genai-platform',
    image: 'genai:2',
    env: [],
    steps: [1, 5, 25, 50, 100],
    'step-seconds': 60,
    'max-error-rate': 0.01,
  });
  expect(readArguments(['edge', '--env', 'A=b=c', '--env', 'D=', '--steps', '10,100'])).toMatchObject({
    env: [
      { name: 'A', value: 'b=c' },
      { name: 'D', value: '' },
    ],
    steps: [10, 100],
  });
});

test.each([
  [[]],
  [['rollback']],
  [['query', 'search']],
  [['status', 'query', 'search']],
  [['rollback', 'query', '--image', 'genai:2']],
  [['query', '--steps', '50']],
  [['query', '--steps', '50,25,100']],
  [['query', '--steps', '0,100']],
  [['query', '--env', 'NAME']],
  [['query', '--poll-seconds', '60']],
  [['query', '--ingress', '10.0.0.1']],
  [['query', '--unknown']],
])('%j is no call', (args) => {
  expect(readArguments(args)).toBeUndefined();
});
