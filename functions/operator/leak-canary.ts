import { randomBytes } from 'node:crypto';
import { createAuth } from '#lib/auth/create-auth.ts';
import { createClient, type Send } from '#lib/canary/client.ts';
import { createKeyCredentials, createTokenCredentials, type Credentials } from '#lib/canary/credentials.ts';
import { createLeakCanary } from '#lib/canary/leak-canary.ts';
import type { ProbeResult } from '#lib/canary/run-probes.ts';
import { createSendPatiently } from '#lib/canary/send-patiently.ts';
import { authEnv } from '#lib/config/variables.ts';
import { withTimeout } from '#lib/core/abort.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { readArguments, usage, type LeakCanaryArguments } from './leak-canary-arguments.ts';
import { loadOperatorEnv } from './load-operator-env.ts';
import { toReason } from './to-reason.ts';

/** Probes a running platform for documents of one tenant that another one is shown. */

const write = (text: string) => process.stdout.write(`${text}\n`);
const given = readArguments(process.argv.slice(2));
if (!given) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

/** Seconds that a token lives longer than the run: it has to clean up. */
const spareSeconds = 120;

async function openCredentials(
  { timeout, 'admin-token': token }: LeakCanaryArguments,
  send: Send,
): Promise<Credentials> {
  if (token !== undefined) return createKeyCredentials(token, { send, now: Date.now });
  const { issueToken } = createAuth(loadOperatorEnv(authEnv), Date.now);
  return createTokenCredentials(issueToken, timeout + spareSeconds);
}

function toLine(kind: string, results: readonly ProbeResult[]): string {
  const count = (outcome: ProbeResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const held = `${String(results.length).padStart(3)} probes`;
  const bad = [`${count('leak')} leaks`, `${count('unproved')} unproved`].filter((text) => !text.startsWith('0'));
  return `${kind.padEnd(22)} ${held}  ${bad.length === 0 ? 'ok' : bad.join(', ')}`;
}

/** The exit status. */
async function run(options: LeakCanaryArguments): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
  const signal = withTimeout(interrupted.signal, options.timeout * 1000);
  const send = createSendPatiently(createClient({ url: options.url, ingress: options.ingress }));
  const results = new Map<string, ProbeResult[]>();
  let failure: string | undefined;
  try {
    const credentials = await openCredentials(options, send);
    const canary = createLeakCanary({
      send,
      credentials,
      host: options.url.host,
      now: Date.now,
      randomHex: () => randomBytes(12).toString('hex'),
      logger: createLogger('error'),
      isSilent: options.silent,
    });
    for await (const result of canary(signal)) {
      if (result.outcome !== 'held') write(`${result.outcome}: ${result.detail}`);
      results.set(result.kind, [...(results.get(result.kind) ?? []), result]);
    }
  } catch (error) {
    failure = toReason(error);
  }
  for (const [kind, list] of results) write(toLine(kind, list));
  const all = [...results.values()].flat();
  const leaks = all.filter(({ outcome }) => outcome === 'leak').length;
  const unproved = all.filter(({ outcome }) => outcome === 'unproved').length;
  write(`${all.length} probes, ${leaks} leaks, ${unproved} unproved`);
  if (failure !== undefined) process.stderr.write(`The platform could not be probed: ${failure}\n`);
  if (leaks > 0) return 1;
  return failure === undefined && unproved === 0 ? 0 : 2;
}

process.exitCode = await run(given);
