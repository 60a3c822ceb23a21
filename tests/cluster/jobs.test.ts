import { beforeAll, expect, test } from 'vitest';
import { kubectl } from './support/kubectl.ts';
import { callWith, createTenant, openClient, startModel, tokenOf } from './support/platform.ts';
import { until } from './support/pods.ts';

let token: string;

beforeAll(async () => {
  token = await createTenant('jobs');
});

/** Runs a CronJob now and gives its log; throws with the log when it fails. */
async function runNow(cronJob: string): Promise<string> {
  const job = `${cronJob}-now`;
  await kubectl('create', 'job', job, `--from=cronjob/${cronJob}`);
  const count = (field: string) => kubectl('get', 'job', job, '--output', `jsonpath={.status.${field}}`);
  await until(`${job} has ended`, async () => (await count('succeeded')) !== '' || (await count('failed')) !== '');
  const log = await kubectl('logs', `job/${job}`, '--all-containers');
  expect(await count('succeeded'), log).toBe('1');
  await kubectl('delete', 'job', job);
  return log;
}

const searchWith = async (credential = token) => {
  const call = callWith(await openClient('search'));
  return call({ method: 'POST', path: '/v1/search', token: credential, json: { query: 'refunds' } });
};

test('Redis is backed up, and the backup is shown to restore', async () => {
  expect(await runNow('redis-backup')).toMatch(/\/backups\/redis-redis-0-\d{8}T\d{6}Z\.rdb/);
  expect(await runNow('redis-verify')).toMatch(/verified .*: [1-9]\d* keys/);
});

test('OpenSearch is backed up, the snapshot is shown to restore, and restores', async () => {
  expect(await runNow('opensearch-snapshot')).toMatch(/genai-\d+t\d+z {2}SUCCESS/);
  expect(await runNow('opensearch-verify')).toMatch(/jobs {2}verified genai_jobs\.v\d+: [1-9]\d* rows/);

  const documents = callWith(await openClient('documents'));
  const document = { method: 'DELETE', path: '/v1/documents/refunds', token } as const;
  expect((await documents(document)).status).toBe(204);
  expect((await searchWith()).text).toContain('"hits":[]');
  expect(await runNow('opensearch-restore')).toMatch(/jobs {2}restored/);
  expect((await searchWith()).text).toContain('"document_id":"refunds"');
});

test('Redis is put back to the newest backup', async () => {
  await runNow('redis-backup');
  await createTenant('after-the-backup');
  await kubectl('scale', 'statefulset', 'redis', '--replicas=0');
  await kubectl('wait', '--for=delete', 'pod/redis-0', '--timeout=90s');
  await runNow('redis-restore');
  await kubectl('scale', 'statefulset', 'redis', '--replicas=1');
  await kubectl('rollout', 'status', 'statefulset/redis', '--timeout=120s');
  await until('searches are answered', async () => (await searchWith()).status === 200, { seconds: 30 });
  const late = await searchWith(await tokenOf('after-the-backup'));
  expect(late.text).toContain('"code":"tenant_unknown"');
});

test('the audit trail is asked for what it need not keep any longer', async () => {
  expect(await runNow('audit-prune')).toMatch(/\d+ events from before \S+ were dropped/);
});

test('documents are brought to the present form of the index', async () => {
  expect(await runNow('reindex')).toContain('jobs  ');
});

test('the leak canary probes every route and finds no leak', async () => {
  const model = await startModel();
  // It says the secret that its sources hold.
  model.reply((body) => {
    const secret = /c0de[0-9a-f]+/.exec(JSON.stringify(body))?.[0] ?? 'none';
    return { chunks: [`The code is ${secret} [1].`], usage: { input: 1, output: 1 } };
  });
  expect(await runNow('leak-canary')).toMatch(/[1-9]\d* probes, 0 leaks, 0 unproved/);
});
