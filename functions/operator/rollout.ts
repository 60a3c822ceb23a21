import * as v from 'valibot';
import { loadEnv } from '#lib/config/env.ts';
import { createRollBack } from '#lib/rollout/roll-back.ts';
import { toStatusLines } from '#lib/rollout/status-lines.ts';
import { readArguments, usage, type RolloutArguments } from './rollout-arguments.ts';
import { createCluster, createClusterRollout } from './rollout-deps.ts';
import { toReason } from './to-reason.ts';

/** Gives a new revision of a function its traffic step by step, as long as its figures are as good as the present one's. */

const write = (text: string) => process.stdout.write(`${text}\n`);
const given = readArguments(process.argv.slice(2));
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
const { signal } = interrupted;

type Arguments<Command> = Extract<RolloutArguments, { command: Command }>;

const smokeToken = { schema: v.optional(v.pipe(v.string(), v.regex(/^\S{1,16000}$/))), expects: 'a token' };

async function roll(options: Arguments<'rollout'>): Promise<boolean> {
  const { service, image, env, steps, 'smoke-token': token } = options;
  const { ROLLOUT_SMOKE_TOKEN } = loadEnv({ ROLLOUT_SMOKE_TOKEN: smokeToken });
  const rollout = createClusterRollout(options, token ?? ROLLOUT_SMOKE_TOKEN, write);
  return (await rollout({ service, image, env, steps }, signal)) !== 'returned';
}

async function rollBack({ service, namespace }: Arguments<'rollback'>): Promise<boolean> {
  write(await createRollBack(createCluster(namespace))(service, signal));
  return true;
}

async function showStatus({ service, namespace }: Arguments<'status'>): Promise<boolean> {
  const { services } = createCluster(namespace);
  const found = service === undefined ? await services.list(signal) : [await services.find(service, signal)];
  for (const one of found) {
    for (const line of toStatusLines(one, await services.listRevisions(one.name, signal))) write(line);
  }
  return true;
}

function run(options: RolloutArguments): Promise<boolean> {
  switch (options.command) {
    case 'rollout':
      return roll(options);
    case 'rollback':
      return rollBack(options);
    case 'status':
      return showStatus(options);
  }
}

/** How to go on. */
function toHint(options: RolloutArguments): string {
  if (options.command !== 'rollout') return '';
  const { service } = options;
  return signal.aborted
    ? `The traffic stays as it is. The same command goes on from here; npm run rollout -- rollback ${service} ends it.\n`
    : `Where it is now: npm run rollout -- status ${service}\n`;
}

try {
  process.exitCode = (await run(given)) ? 0 : 1;
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1;
  process.stderr.write(`${signal.aborted ? 'interrupted' : toReason(error)}\n${toHint(given)}`);
}
