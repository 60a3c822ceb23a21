import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens or creates a database file. WAL lets readers go on beside a writer; FULL makes a returned
 * commit survive a power cut; the busy timeout (5 s) orders writers of several processes.
 */
export function openDatabase(file: string, schema: string, options: { allowExtension?: boolean } = {}): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 5_000, allowExtension: options.allowExtension ?? false });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  database.exec(schema);
  return database;
}
