import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The guards that stand in SQL, file names and single calls, where no mutator of the language reaches:
 * each is taken out of a copy of the sources, and a test must fail. Prints the survivors; none is wanted.
 */

interface Guard {
  name: string;
  file: string;
  code: string;
  without: string;
}

const guards: Guard[] = [
  {
    name: 'tenant in the query',
    file: 'lib/retrieval/sqlite/access.ts',
    code: 'd.tenant_id = :tenant_id AND ',
    without: ':tenant_id <> 0 AND ',
  },
  {
    name: 'access list in the query',
    file: 'lib/retrieval/sqlite/access.ts',
    code: 'd.is_restricted = 0 OR',
    without: '1 OR',
  },
  {
    name: 'tenant of what is removed',
    file: 'lib/retrieval/engine-sqlite.ts',
    code: 'AND tenant_id = ?',
    without: 'AND ? <> 0',
  },
  {
    name: 'tenant in the file name',
    file: 'lib/retrieval/sqlite/databases.ts',
    code: '${tenantId}.${incarnation}.db',
    without: '${incarnation}.db',
  },
  {
    name: 'incarnation in the file name',
    file: 'lib/retrieval/sqlite/databases.ts',
    code: '${tenantId}.${incarnation}.db',
    without: '${tenantId}.db',
  },
  {
    name: 'tripwire of a search',
    file: 'lib/retrieval/retrieve.ts',
    code: 'tripwire(scope, result.hits);',
    without: '',
  },
  {
    name: 'tripwire of a document',
    file: 'lib/documents/get-document.ts',
    code: 'tripwire(scope, [document]);',
    without: '',
  },
  {
    name: 'permission to search',
    file: 'lib/retrieval/search-documents.ts',
    code: "requirePermission(scope, 'search:read');",
    without: '',
  },
  {
    name: 'permission to ask',
    file: 'lib/answers/answer-question.ts',
    code: "requirePermission(scope, 'query:read');",
    without: '',
  },
  {
    name: 'permission to list',
    file: 'lib/documents/list-documents.ts',
    code: "requirePermission(scope, 'documents:read');",
    without: '',
  },
  {
    name: 'permission to remove',
    file: 'lib/documents/remove-document.ts',
    code: "requirePermission(scope, 'documents:write');",
    without: '',
  },
  {
    name: 'permission to revoke keys',
    file: 'lib/auth/verbs/revoke-api-key.ts',
    code: "requirePermission(actor, 'keys:write');",
    without: '',
  },
  {
    name: 'permission to erase',
    file: 'lib/tenancy/verbs/erase-tenant.ts',
    code: "requirePermission(actor, 'tenants:erase');",
    without: '',
  },
  {
    name: 'tenant of an erasure',
    file: 'lib/tenancy/verbs/erase-tenant.ts',
    code: "checkMention(actor, 'path', id);",
    without: '',
  },
  {
    name: 'tenant of managed keys',
    file: 'lib/tenancy/verbs/deps.ts',
    code: "checkMention(actor, 'path', id);",
    without: '',
  },
];

const root = resolve('.');
const directory = mkdtempSync(join(tmpdir(), 'genai-mutation-'));

/** True when the tests that guard isolation pass. */
function isGreen(): boolean {
  const run = spawnSync(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--config', 'vitest.mutation.config.ts', '--bail', '1'],
    { cwd: directory },
  );
  return run.status === 0;
}

try {
  for (const entry of ['lib', 'functions', 'tests', 'package.json', 'tsconfig.json', 'vitest.mutation.config.ts']) {
    cpSync(entry, join(directory, entry), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  if (!isGreen()) throw new Error('The tests fail with every guard in its place');
  const survivors = guards.filter(({ name, file, code, without }) => {
    const path = join(directory, file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(code)) throw new Error(`${file} does not hold the guard: ${name}`);
    writeFileSync(
      path,
      source.replace(code, () => without),
    );
    const survives = isGreen();
    writeFileSync(path, source);
    console.log(`${survives ? 'SURVIVED' : 'killed  '} ${name}`);
    return survives;
  });
  console.log(`${guards.length} guards removed one by one, ${survivors.length} survivors`);
  process.exitCode = survivors.length > 0 ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
