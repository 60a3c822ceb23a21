import { createHash } from 'node:crypto';
import type { RedisScript } from './commands.ts';

export const createScript = (source: string): RedisScript => ({
  source,
  sha1: createHash('sha1').update(source).digest('hex'),
});
