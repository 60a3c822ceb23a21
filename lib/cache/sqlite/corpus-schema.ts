export const corpusSchema = `
  CREATE TABLE IF NOT EXISTS corpus (tenant TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS corpus_write (
    tenant TEXT NOT NULL, id TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (tenant, id)
  ) STRICT, WITHOUT ROWID;`;
