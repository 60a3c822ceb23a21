import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { NewApiKeyResponse } from '#functions/tenants/keys-contract.ts';
import { readRules } from '#tests/manifests/support/alert-rules.ts';
import { parseBody } from '#tests/support/body.ts';
import { createToken } from '#tests/support/platform.ts';
import { startFaultProxy } from '#tests/support/fault-proxy.ts';
import { temporaryDirectory } from '#tests/support/process.ts';
import { requireVariable } from '#tests/support/real-engines.ts';
import { startRedisServer } from '#tests/support/redis-server.ts';
import { startUpstream, type Upstream } from '#tests/support/upstream.ts';
import { replaceFile, writeCertificate } from './certificate.ts';
import { startExporter, toPodCounts } from './exporter.ts';
import { startMonitoring } from './monitoring.ts';
import { startPod, type Pod } from './pod.ts';

const alerts = (await readRules()).flatMap((rule) => ('alert' in rule ? [rule.alert] : []));
/** Their windows reach back for hours: they remember a fault for longer than this test lasts. */
const lasting = new Set(['ErrorBudgetBurnFast', 'ErrorBudgetBurnSlow']);

const day = 86_400;
const generous = { timeout: 180_000, interval: 500 };

async function startModel(): Promise<Upstream> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  return upstream;
}

const toModelEnv = ({ url }: Upstream): NodeJS.ProcessEnv => ({ LLM_BASE_URL: url, LLM_MODEL: 'simulated' });
const completion = (stream: boolean) => ({
  model: 'simulated',
  messages: [{ role: 'user', content: 'Hello?' }],
  stream,
});

/** Calls again and again until it is told to end. A call does not wait for the one before: that may be slow. */
function keepCalling(call: () => Promise<unknown>): () => void {
  let isOver = false;
  void (async () => {
    while (!isOver) {
      void call();
      await wait(400);
    }
  })();
  const end = () => {
    isOver = true;
  };
  onTestFinished(end);
  return end;
}

/** Of a tenant's own: an API key that ends then. */
async function createEndingKey({ url }: Pod, time: number): Promise<string> {
  const response = await fetch(`${url}/v1/tenants/acme/keys`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await createToken({ role: 'tenant_admin' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: 'ends', role: 'reader', expires_at: new Date(time).toISOString() }),
  });
  return (await parseBody(NewApiKeyResponse, response)).key;
}

/** Nobody else may write to the audit trail of these pods while it is held. */
function holdAuditTrail(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'audit.sqlite'), { timeout: 5_000 });
  onTestFinished(() => database.close());
  database.exec('BEGIN EXCLUSIVE');
  return () => database.exec('ROLLBACK');
}

test('each alert fires when its fault is really caused, and resolves when the fault is gone', async () => {
  const directory = temporaryDirectory();
  const folder = (name: string) => {
    mkdirSync(join(directory, name));
    return join(directory, name);
  };
  const token = await createToken();
  const stamp = (age: number) => String(Math.floor(Date.now() / 1000) - age);
  const models = { answering: await startModel(), refusing: await startModel(), silent: await startModel() };
  const redis = await startRedisServer({ maxmemory: '60mb', config: { appendonly: 'yes' } });
  const tellOfBackup = (age: number) =>
    Promise.all(
      ['state', 'search'].map((kind) =>
        redis.command('HSET', `genai:{_platform}:backup:${kind}`, 'value', stamp(age), 'version', stamp(0)),
      ),
    );
  const search = await startFaultProxy({ port: Number(new URL(requireVariable('TEST_OPENSEARCH_URL')).port) });
  const [good, bad] = [await writeCertificate(directory, 365), await writeCertificate(directory, 1)];
  const certificate = join(directory, 'authority.pem');
  replaceFile(certificate, good);
  await tellOfBackup(0);

  const answeringDirectory = folder('answering');
  const leavingDirectory = folder('leaving');
  const pods: Record<'answering' | 'refusing' | 'crowded' | 'engines' | 'leaving', Pod> = {
    answering: await startPod(answeringDirectory, toModelEnv(models.answering)),
    leaving: await startPod(leavingDirectory, toModelEnv(models.answering)),
    refusing: await startPod(folder('refusing'), toModelEnv(models.refusing)),
    crowded: await startPod(folder('crowded'), {
      ...toModelEnv(models.silent),
      MAX_IN_FLIGHT: '1',
      NODE_EXTRA_CA_CERTS: certificate,
    }),
    engines: await startPod(folder('engines'), {
      ...toModelEnv(models.answering),
      STATE_STORE: 'redis',
      REDIS_URL: redis.url,
      SEARCH_ENGINE: 'opensearch',
      OPENSEARCH_URL: `http://${search.host}:${search.port}`,
    }),
  };
  const autoscaler = await startExporter(toPodCounts(3, 3));
  const other = await startExporter('');
  const monitoring = await startMonitoring(folder('monitoring'), {
    functions: Object.values(pods).map(({ metricsPort }) => metricsPort),
    autoscaler: [autoscaler.port],
    'cert-manager': [other.port],
  });

  const { answering, refusing, crowded, engines, leaving } = pods;
  const ask = (pod: Pod, stream = false) => pod.post('/v1/chat/completions', token, completion(stream));
  const ingest = (pod: Pod) => pod.post('/v1/documents', token, { documents: [{ id: 'a', text: 'One sentence.' }] });
  for (const pod of Object.values(pods)) expect(await ask(pod)).toBe(200);
  expect(await ingest(answering)).toBe(200);
  const key = await createEndingKey(answering, Date.now() + day * 1_000);
  for (const job of ['functions', 'autoscaler', 'cert-manager'])
    await expect.poll(async () => new Set(await monitoring.health(job)), generous).toEqual(new Set(['up']));
  expect([...(await monitoring.firing())]).toEqual([]);

  // The faults.
  let asked = 0;
  models.answering.reply(() => {
    asked += 1;
    return asked % 2 === 0
      ? { chunks: ['Cut', ' off', ' here'], delay: 100, fault: { kind: 'cut', after: 2 } }
      : { chunks: ['Late'], firstDelay: 3_000, usage: 'counted' };
  });
  models.refusing.reply({ chunks: [], fault: { kind: 'status', status: 500 } });
  models.silent.reply({ chunks: [], fault: { kind: 'silence' } });
  await tellOfBackup(3 * day);
  await redis.command('SETRANGE', 'filler', 54 * 2 ** 20, 'x');
  replaceFile(certificate, bad);
  await Promise.all([engines.replace(), crowded.replace()]);
  await ask(engines);
  await expect.poll(engines.expose, generous).toMatch(/genai_last_backup_timestamp_seconds\{kind="search"\} [1-9]/);
  await expect.poll(engines.expose, generous).toMatch(/genai_state_memory_ratio 0\.9/);
  await redis.kill();
  await search.setMode('down');
  autoscaler.tell(toPodCounts(3, 1));
  other.tell(undefined);
  const releaseAuditTrail = holdAuditTrail(answeringDirectory);
  // It ends with events that it can't store.
  holdAuditTrail(leavingDirectory);
  expect(await leaving.post('/v1/search', token, { query: 'a' })).toBe(200);
  await leaving.end();
  const ends = [
    keepCalling(() => ask(answering, true)),
    keepCalling(() => ingest(answering)),
    keepCalling(() => answering.post('/v1/search', token, { query: 'a' }, { 'x-tenant-id': 'beta' })),
    keepCalling(() => ask(refusing)),
    keepCalling(() => answering.post('/v1/search', key, { query: 'a' })),
    keepCalling(() => ask(crowded, true)),
    keepCalling(() => ask(engines)),
    keepCalling(() => engines.post('/v1/search', token, { query: 'a' })),
  ];
  // A fault that happens once is over before others have lasted long enough.
  const seen = { firing: new Set<string>(), managed: new Set<string>() };
  const missingSomewhere = async () => {
    for (const name of await monitoring.firing()) seen.firing.add(name);
    for (const name of await monitoring.managed()) seen.managed.add(name);
    const views = [seen.firing, seen.managed, monitoring.told('firing')];
    return alerts.filter((name) => !views.every((view) => view.has(name)));
  };
  await expect.poll(missingSomewhere, generous).toEqual([]);

  // And their end.
  for (const end of ends) end();
  for (const model of Object.values(models)) model.reply({ chunks: ['Hello'], usage: 'counted' });
  releaseAuditTrail();
  await redis.restart();
  await search.setMode('pass');
  await redis.command('DEL', 'filler');
  await tellOfBackup(0);
  replaceFile(certificate, good);
  autoscaler.tell(toPodCounts(3, 3));
  other.tell('');
  await Promise.all([engines.replace(), crowded.replace()]);
  for (const pod of [answering, refusing]) keepCalling(() => ask(pod));
  const leftSomewhere = async () => {
    const views = [await monitoring.firing(), await monitoring.managed()];
    const resolved = monitoring.told('resolved');
    const passing = alerts.filter((name) => !lasting.has(name));
    return passing.filter((name) => views.some((view) => view.has(name)) || !resolved.has(name));
  };
  await expect.poll(leftSomewhere, generous).toEqual([]);
}, 420_000);
