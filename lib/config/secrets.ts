import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * What a folder such as a mounted Secret holds under these names, one file each; a newline at a file's end is not part
 * of it. Throws where a file is there and can't be read.
 */
export const readSecrets = (directory: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names
      .map((name) => [name, readSecret(join(directory, name))] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
