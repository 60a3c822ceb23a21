import type { DatabaseSync } from 'node:sqlite';

/** A chunk's row is its document's row and its position, so that one is found from the other without a join. */
export const positionBits = 20;
export const maxChunks = 2 ** positionBits;

/** Row numbers pass 2^53 only after 2^33 documents. */
export const toChunkRow = (documentRow: number, position: number): number => documentRow * maxChunks + position;

export const schema = `
  CREATE TABLE IF NOT EXISTS document (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    media_type TEXT NOT NULL,
    metadata TEXT NOT NULL,
    groups TEXT NOT NULL,
    is_restricted INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    embedder TEXT,
    chunks INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS document_text (
    document INTEGER PRIMARY KEY REFERENCES document (row) ON DELETE CASCADE,
    text TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS document_group (
    document INTEGER NOT NULL REFERENCES document (row) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (document, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS document_field (
    document INTEGER NOT NULL REFERENCES document (row) ON DELETE CASCADE,
    field TEXT NOT NULL,
    text TEXT NOT NULL,
    number REAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS document_field_value ON document_field (document, field, text);
  CREATE TABLE IF NOT EXISTS chunk (
    row INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (row) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    headings TEXT NOT NULL DEFAULT '[]',
    text TEXT NOT NULL,
    embedding BLOB
  ) STRICT;
  CREATE INDEX IF NOT EXISTS chunk_document ON chunk (document);
  CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5 (
    content, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2'
  );
  CREATE VIRTUAL TABLE IF NOT EXISTS ngram USING fts5 (
    content, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
  );
  CREATE VIRTUAL TABLE IF NOT EXISTS ngram_term USING fts5vocab (ngram, 'row');`;

/** Columns that a database of an earlier version lacks. */
const added = [
  { table: 'document', column: 'embedder', definition: 'TEXT' },
  { table: 'chunk', column: 'headings', definition: "TEXT NOT NULL DEFAULT '[]'" },
];

/** Brings a database of an earlier version up to this one's. */
export function migrate(database: DatabaseSync): void {
  const isMissing = ({ table, column }: (typeof added)[number]) =>
    database.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, column) === undefined;
  if (!added.some(isMissing)) return;
  database.exec('BEGIN IMMEDIATE');
  // Another process may have been first.
  for (const each of added) {
    if (isMissing(each)) database.exec(`ALTER TABLE ${each.table} ADD COLUMN ${each.column} ${each.definition}`);
  }
  database.exec('COMMIT');
}
