import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { clusterEnvironment } from './environment.ts';

const run = promisify(execFile);
const options = {
  env: { ...process.env, KUBECONFIG: clusterEnvironment.KUBECONFIG },
  timeout: 240_000,
  maxBuffer: 64 * 1024 * 1024,
};

export const namespace = 'genai-platform';

/** What kubectl prints. Throws with what it complains of. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--namespace', namespace, ...args], options);
  return stdout;
}

export const readJson = async (...args: string[]): Promise<unknown> =>
  JSON.parse(await kubectl(...args, '--output', 'json'));

/** Gives kubectl objects, each with its namespace, on its standard input; what it prints comes with its warnings. */
export function kubectlWith(manifest: string, ...args: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('kubectl', [...args, '--filename', '-'], options);
  const parts: string[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (part: string) => parts.push(part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => errors.push(part));
  child.on('error', reject).on('close', (code) => {
    if (code === 0) resolve([...parts, ...errors].join(''));
    else reject(new Error(errors.join('')));
  });
  child.stdin.end(manifest);
  return promise;
}
