import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from './artillery/client.ts';
import { readLeaks, toLeakText } from './artillery/leak-report.ts';
import { readOptions, usage, type LoadOptions } from './artillery/options.ts';
import type { LoadPlan, LoadTenant } from './artillery/plan.ts';
import { isPrivateTarget } from './artillery/private-target.ts';
import { runArtillery } from './artillery/run-artillery.ts';
import { createTenants } from './artillery/tenants.ts';
import { createIssueToken } from './artillery/tokens.ts';
import { parseArtilleryOutput } from './report/artillery-output.ts';
import { toSummary, type Summary } from './report/summary.ts';
import { toMarkdown } from './report/to-markdown.ts';
import { writeReport } from './report/write-report.ts';

/** Loads a running platform with many tenants at once, and reports what it did and whether anything leaked. */

const setupMilliseconds = 15 * 60_000;

const refuse = (reason: string): never => {
  console.error(`${reason}\n\n${usage}`);
  process.exit(2);
};

function parse(): LoadOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function readSecret({ secretFile }: LoadOptions): string {
  const secret = secretFile === undefined ? process.env['JWT_SECRET'] : readFileSync(secretFile, 'utf8').trim();
  return secret || refuse('There is no secret: name a file with --secret-file, or set JWT_SECRET');
}

/** Runs the scenario with these tenants; the folder of the plan is gone when it has ended. */
async function run(options: LoadOptions, tenants: LoadTenant[], signal: AbortSignal): Promise<[Summary, boolean]> {
  const { scenario, url, ingress, seconds, users } = options;
  const directory = mkdtempSync(join(tmpdir(), 'load-'));
  const planFile = join(directory, 'plan.json');
  const leaksFile = join(directory, 'leaks.ndjson');
  const outputFile = join(options.report, 'artillery.json');
  const plan: LoadPlan = { url, ...(ingress && { ingress }), seconds, quietSeconds: seconds / 2, leaksFile, tenants };
  try {
    writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 });
    rmSync(outputFile, { force: true });
    const isPassed = await runArtillery({ options, planFile, outputFile }, signal);
    const output = parseArtilleryOutput(readFileSync(outputFile, 'utf8'));
    const leakReports = readLeaks(leaksFile);
    return [toSummary(output, { scenario, url, users, tenants: tenants.length, leakReports }), isPassed];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const options = parse();
const secret = readSecret(options);
const target = options.ingress ?? options.url;
if (!options.allowAnyTarget && !(await isPrivateTarget(target)))
  refuse(`${target} is not of a private network; --allow-any-target loads it all the same`);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error('Interrupted')));

const issueToken = createIssueToken(secret, options.seconds + options.idleSeconds + 2 * (setupMilliseconds / 1000));
const client = createClient({ url: options.url, ingress: options.ingress, now: () => performance.now() });
const { createAll, removeAll } = createTenants({ client, issueToken, randomInt: (limit) => randomInt(limit) });

mkdirSync(options.report, { recursive: true });
try {
  const setup = AbortSignal.any([interrupted.signal, AbortSignal.timeout(setupMilliseconds)]);
  const tenants = await createAll(options.tenants, options.scenario === 'noisy-neighbour', setup);
  const [summary, isPassed] = await run(options, tenants, interrupted.signal);
  await writeReport(options.report, summary);
  console.log(toMarkdown(summary));
  console.log(`Report: ${join(options.report, 'report.html')}`);
  for (const leak of summary.leakReports) console.error(`!!! ${toLeakText(leak)}`);
  if (!isPassed || summary.thresholds.some(({ isMet }) => !isMet)) process.exitCode = 1;
} catch (error) {
  console.error(`The load test has failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (!options.keep) await removeAll(options.tenants, AbortSignal.timeout(setupMilliseconds)).catch(reportLeftOver);
}

function reportLeftOver(error: unknown): void {
  console.error(`The tenants were not removed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
