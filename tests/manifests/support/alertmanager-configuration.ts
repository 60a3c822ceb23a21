import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { temporaryDirectory } from '#tests/support/process.ts';
import { ofKind, type Manifest } from './manifest.ts';
import { toWorkloads } from './workload.ts';

const run = promisify(execFile);
const Named = v.object({ metadata: v.object({ name: v.string() }), data: v.record(v.string(), v.string()) });

export async function amtool(...args: string[]): Promise<string> {
  return (await run('amtool', args, { signal: AbortSignal.timeout(30_000) })).stdout;
}

const dataOf = (manifests: Manifest[], kind: string, name: string): Record<string, string> =>
  ofKind(manifests, kind, Named).find(({ metadata }) => metadata.name.startsWith(`${name}-`))?.data ?? {};

/** Alertmanager's configuration as its pod makes it, by the pod's own script, with these receivers or the overlay's own. */
export async function writeConfiguration(manifests: Manifest[], receivers?: string): Promise<string> {
  const root = temporaryDirectory();
  const given = Buffer.from(dataOf(manifests, 'Secret', 'genai-secrets')['ALERT_RECEIVERS'] ?? '', 'base64');
  const files = {
    '/var/run/secrets/genai-platform/ALERT_RECEIVERS': receivers ?? given.toString(),
    '/etc/alertmanager-routes/routes.yml': dataOf(manifests, 'ConfigMap', 'alertmanager-routes')['routes.yml'] ?? '',
    '/etc/alertmanager/.empty': '',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const pod = toWorkloads(manifests).find(({ name }) => name === 'alertmanager')?.template.spec;
  const [{ command: [shell = '', ...options] = [], args = [] } = {}] = pod?.initContainers ?? [];
  const script = args.map((text) => text.replaceAll(/\/(?:var|etc)\//g, (folder) => `${root}${folder}`));
  await run(shell, [...options, ...script], { signal: AbortSignal.timeout(30_000) });
  return join(root, '/etc/alertmanager/alertmanager.yml');
}
