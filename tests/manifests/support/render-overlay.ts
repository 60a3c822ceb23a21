import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

export const overlays = ['local', 'production', 'test'] as const;
export type Overlay = (typeof overlays)[number];

/** What is changed in the copy of the folder before it is rendered. */
type Change = (knative: string) => Promise<void>;

/** The objects of an overlay as YAML, from a copy of the manifests whose secrets are generated. */
export async function renderOverlay(overlay: Overlay, change: Change = async () => undefined): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'genai-manifests-'));
  try {
    const knative = join(directory, 'knative');
    await cp(join(root, 'knative'), knative, { recursive: true });
    await fillSecrets(knative);
    await change(knative);
    const { stdout } = await run('kubectl', ['kustomize', join(knative, 'overlays', overlay)], {
      signal: AbortSignal.timeout(30_000),
      maxBuffer: 16 * 2 ** 20,
    });
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The production overlay's secrets, made as its users make them: each empty value of the example is filled in. */
async function fillSecrets(knative: string): Promise<void> {
  const example = await readFile(join(knative, 'base/secrets.env.example'), 'utf8');
  const secret = () => randomBytes(32).toString('hex');
  const filled = example
    .replace(/^LLM_PROVIDER_KEYS=$/m, (name) => `${name}{"a-provider":"${secret()}"}`)
    .replaceAll(/^\w+=$/gm, (name) => `${name}${secret()}`);
  await writeFile(join(knative, 'overlays/production/secrets.env'), filled);
}
