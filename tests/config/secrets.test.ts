import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { loadEnv } from '#lib/config/env.ts';
import { stateEnv } from '#lib/config/variables.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

afterEach(() => vi.unstubAllEnvs());

const fragment = { DB_PASSWORD: stateEnv.DB_PASSWORD };

function mountSecrets(files: Record<string, string>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  vi.stubEnv('SECRETS_DIR', directory);
  return directory;
}

test('a variable may stand as a file of its name in the folder of secrets', () => {
  mountSecrets({ DB_PASSWORD: 'from the file\n', OTHER: 'of no interest' });
  expect(loadEnv(fragment)).toEqual({ DB_PASSWORD: 'from the file' });
});

test('the environment goes before the file, and the file before a default', () => {
  mountSecrets({ DB_PASSWORD: 'from the file' });
  expect(loadEnv(fragment, { DB_PASSWORD: 'default' })).toEqual({ DB_PASSWORD: 'from the file' });
  vi.stubEnv('DB_PASSWORD', 'from the environment');
  expect(loadEnv(fragment)).toEqual({ DB_PASSWORD: 'from the environment' });
  vi.stubEnv('DB_PASSWORD', '');
  expect(loadEnv(fragment)).toEqual({ DB_PASSWORD: 'from the file' });
});

test('a secret that is not there is not set', () => {
  mountSecrets({});
  expect(loadEnv(fragment)).toEqual({ DB_PASSWORD: undefined });
});

test('a file that cannot be read ends the start', () => {
  mkdirSync(join(mountSecrets({}), 'DB_PASSWORD'));
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('ended');
  });
  expect(() => loadEnv(fragment)).toThrow('ended');
  expect(exit).toHaveBeenCalledWith(1);
  exit.mockRestore();
});
