import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { createCorpusWrites } from '#lib/cache/corpus-writes.ts';
import { authEnv, searchEnv, serverEnv, stateEnv } from '#lib/config/variables.ts';
import { withTimeout } from '#lib/core/abort.ts';
import { toIsoTime } from '#lib/core/clock.ts';
import { chooseSnapshot } from '#lib/retrieval/opensearch/choose-snapshot.ts';
import { createOpenSearchTransport } from '#lib/retrieval/opensearch/create-opensearch.ts';
import { createScheduleSnapshots } from '#lib/retrieval/opensearch/snapshot-policy.ts';
import { createSnapshots, type Repository, type SnapshotInfo } from '#lib/retrieval/opensearch/snapshots.ts';
import { createVerifySnapshot } from '#lib/retrieval/opensearch/verify-snapshot.ts';
import { recordBackup } from '#lib/state/backup-times.ts';
import { createState } from '#lib/state/create-state.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { createMetrics } from '#lib/telemetry/metrics.ts';
import { createTenantRegistry } from '#lib/tenancy/tenant-registry.ts';
import { exitWhenMisconfigured } from './exit-when-misconfigured.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { createOperatorActor } from './operator-actor.ts';
import { createOperatorAudit } from './operator-audit.ts';
import { restoreSnapshot } from './restore-snapshot.ts';
import { readArguments, usage, type SnapshotArguments } from './snapshot-arguments.ts';
import { toReason } from './to-reason.ts';
import { verifySnapshot } from './verify-snapshot.ts';

/** Takes, lists, restores, verifies and deletes snapshots of the tenants' indices in OpenSearch. */

const write = (text: string) => process.stdout.write(`${text}\n`);
const given = readArguments(process.argv.slice(2));
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const env = loadOperatorEnv({ ...serverEnv, ...stateEnv, ...searchEnv, ...authEnv });
const telemetry = { logger: createLogger('error'), metrics: createMetrics() };
const transport = await exitWhenMisconfigured(() => createOpenSearchTransport(env, telemetry));
const snapshots = createSnapshots({ transport, now: Date.now });
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
const signal = withTimeout(interrupted.signal, given.timeout * 60_000);

type Arguments<Command> = Extract<SnapshotArguments, { command: Command }>;
type Placed = Arguments<'create' | 'list' | 'restore' | 'schedule' | 'verify'>;

function toRepository({ repository, type, location, setting }: Placed): Repository | undefined {
  if (type === undefined || location === undefined) return undefined;
  const settings = new Map<string, string>();
  if (type === 'fs') settings.set('location', location);
  else {
    const [bucket = '', ...path] = location.replace(/^s3:\/\//, '').split('/');
    settings.set('bucket', bucket);
    if (path.length > 0) settings.set('base_path', path.join('/'));
  }
  for (const pair of setting) settings.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  return { name: repository, type, settings: Object.fromEntries(settings) };
}

async function register(options: Placed): Promise<void> {
  const repository = toRepository(options);
  if (repository) await snapshots.register(repository, signal);
}

async function create(options: Arguments<'create'>): Promise<boolean> {
  await register(options);
  const { repository } = options;
  const name = await snapshots.begin(repository, signal);
  let shown = '';
  for await (const { done, total } of snapshots.watch(repository, name, signal)) {
    const text = `${name}  ${done}/${total} indices`;
    if (text !== shown) write(text);
    shown = text;
  }
  const snapshot = await snapshots.find(repository, name, signal);
  write(toLine(snapshot));
  const failures = await snapshots.findFailures(snapshot, signal);
  for (const { index, reason } of failures) write(`failed: ${index}: ${reason}`);
  const isComplete = failures.length === 0 && ['SUCCESS', 'PARTIAL'].includes(snapshot.state);
  if (isComplete) await tellPlatform(snapshot);
  return isComplete;
}

/** For the metric of the newest backup's age. A snapshot that could not be told of is one all the same. */
async function tellPlatform({ startedAt }: SnapshotInfo): Promise<void> {
  try {
    const state = await createState(env, telemetry);
    await recordBackup(state.store, 'search', startedAt / 1000, signal).finally(() => state.close());
  } catch (error) {
    process.stderr.write(`The state store was not told of the snapshot: ${toReason(error)}\n`);
  }
}

const toLine = ({ name, state, startedAt, durationMilliseconds, indices }: SnapshotInfo): string =>
  `${name}  ${state}  ${toIsoTime(startedAt)}  ${(durationMilliseconds / 1000).toFixed(1)} s  ${indices.length} indices`;

async function list(options: Arguments<'list'>): Promise<boolean> {
  await register(options);
  const { repository } = options;
  for (const snapshot of await snapshots.list(repository, signal)) write(toLine(snapshot));
  return true;
}

async function restore(options: Arguments<'restore'>): Promise<boolean> {
  await register(options);
  const { repository, snapshot: name, tenant, force } = options;
  const snapshot = await chooseSnapshot(snapshots, { repository, name }, signal);
  if (!snapshot) throw new Error(`The repository ${repository} holds no complete snapshot`);
  const trail = createOperatorAudit(
    { ...env, SEARCH_ENGINE: 'opensearch' },
    { ...telemetry, search: { open: async () => transport } },
  );
  const state = await createState(env, telemetry);
  const tenants = createTenantRegistry({ store: state.store, now: Date.now, randomBytes });
  const writes = createCorpusWrites({ corpus: state.corpus, randomId: randomUUID });
  const { audit } = trail;
  const actor = createOperatorActor('snapshot');
  const deps = { transport, tenants, writes, audit, actor, env, write };
  try {
    return await restoreSnapshot(deps, { repository, snapshot, tenant, force }, signal);
  } finally {
    await trail.close();
    await state.close();
  }
}

/** What is taken once a day has two hours to be begun. */
const defaultMaxAge = 26 * 3_600_000;

async function verify(options: Arguments<'verify'>): Promise<boolean> {
  await register(options);
  const { repository, snapshot, sample, 'max-age': age } = options;
  const maxAge = age ?? (snapshot === undefined ? defaultMaxAge : undefined);
  const deps = { ...createVerifySnapshot({ transport }), snapshots, now: Date.now, randomBelow: randomInt, write };
  return verifySnapshot(deps, { repository, snapshot, maxAge, sample }, signal);
}

async function prune({ repository, keep }: Arguments<'prune'>): Promise<boolean> {
  const deleted = await snapshots.prune(repository, keep, signal);
  for (const name of deleted) write(`${name}  deleted`);
  write(`${deleted.length} deleted`);
  return true;
}

async function schedule(options: Arguments<'schedule'>): Promise<boolean> {
  await register(options);
  const { repository, cron, keep, 'max-age': maxAge } = options;
  const isScheduled = await createScheduleSnapshots({ transport })({ repository, cron, keep, maxAge }, signal);
  write(
    isScheduled
      ? `scheduled: ${cron} (UTC), deleted after ${maxAge}, the newest ${keep} are kept`
      : 'This OpenSearch has no Snapshot Management plugin: run `create` and `prune` from a scheduler',
  );
  return isScheduled;
}

function run(options: SnapshotArguments): Promise<boolean> {
  switch (options.command) {
    case 'create':
      return create(options);
    case 'list':
      return list(options);
    case 'restore':
      return restore(options);
    case 'verify':
      return verify(options);
    case 'prune':
      return prune(options);
    case 'schedule':
      return schedule(options);
  }
}

try {
  process.exitCode = (await run(given)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${toReason(error)}\n`);
  process.exitCode = 1;
} finally {
  await transport.close();
}
