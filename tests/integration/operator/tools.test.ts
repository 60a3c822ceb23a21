import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createTestPlatform, createToken, testSecret } from '#tests/support/platform.ts';
import { startRedisServer, stateEnvOf } from '#tests/support/redis-server.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { secureSearchEnv } from '#tests/support/real-engines.ts';

/** The operator's commands, run as an operator runs them, against the engines that production uses. */

const run = promisify(execFile);

async function createWorld() {
  const redis = await startRedisServer();
  const directory = mkdtempSync(join(tmpdir(), 'genai-operator-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const env = {
    ...secureSearchEnv(),
    ...stateEnvOf(redis),
    JWT_SECRET: testSecret,
    DATA_DIR: directory,
  };
  const platform = await createTestPlatform(env);
  const tenant = freshTenant();
  const token = await createToken({ tenant_id: tenant, role: 'tenant_admin' });
  const command = async (script: string, args: readonly string[], more: Record<string, string> = {}) => {
    const options = { env: { PATH: process.env['PATH'], ...env, ...more } };
    const { stdout } = await run(process.execPath, [script, ...args], options);
    return stdout;
  };
  onTestFinished(async () => {
    const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
    await platform.call(`DELETE /v1/tenants/${tenant}`, { token: admin });
  });
  return { platform, tenant, token, command, directory };
}

test('reindex gives a tenant’s documents the vectors of an embedding model that was configured later', async () => {
  const upstream = await startUpstream({ dimensions: 32 });
  onTestFinished(() => upstream.close());
  const { platform, tenant, token, command } = await createWorld();
  const documents = Array.from({ length: 12 }, (_, index) => ({ id: `d${index}`, text: `passage number ${index}` }));
  await platform.call('POST /v1/documents', { token, json: { documents } });
  const embeddings = {
    EMBEDDINGS_BASE_URL: upstream.url,
    EMBEDDINGS_MODEL: 'words',
    EMBEDDINGS_DIMENSIONS: '32',
  };
  const output = await command('functions/operator/reindex.ts', ['--tenant', tenant], embeddings);
  expect(output).toContain(`${tenant}  12/12 documents`);
  expect(output).toContain('done, 12 documents in');
  expect(await command('functions/operator/reindex.ts', ['--all'], embeddings)).toContain(`${tenant}  nothing to do`);
  await expect(command('functions/operator/reindex.ts', [], embeddings)).rejects.toMatchObject({ code: 2 });
});

test('tune stores the weights that do best on a tenant’s judged queries, and they are used', async () => {
  const { platform, tenant, token, command, directory } = await createWorld();
  // Compounds: each question is a part of one, which n-grams find and words do not.
  const parts = 'dampf schiff fahrt gesellschaft kapitän mütze vertrag nummer ordnung prüfung'.split(' ');
  const compounds = parts.flatMap((first) => parts.map((second) => `${first}${second}`)).slice(0, 60);
  const documents = compounds.map((word, index) => ({
    id: `d${index}`,
    title: 'Akte',
    text: `Es geht um ${word}wesen.`,
  }));
  await platform.call('POST /v1/documents', { token, json: { documents } });
  const lines = compounds.slice(0, 40).map((word, index) => ({ text: word, relevant: { [`d${index}`]: 1 } }));
  const file = join(directory, 'queries.jsonl');
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));

  const args = ['--tenant', tenant, '--queries', file];
  const dry = await command('functions/operator/tune.ts', [...args, '--dry-run']);
  expect(dry).toMatch(/held out {9}nDCG@10 [\d.]+ {2}BM25 [\d.]+ {2}difference [\d.]+ \[/);
  expect(Object(await (await platform.call(`GET /v1/tenants/${tenant}`, { token })).json()).retrieval).toBeUndefined();
  const output = await command('functions/operator/tune.ts', args);
  expect(output).toContain(`stored for the tenant ${tenant}`);
  const { retrieval } = Object(await (await platform.call(`GET /v1/tenants/${tenant}`, { token })).json());
  expect(retrieval.weights.ngram).toBeGreaterThan(0);
  expect(retrieval.weights.vector).toBe(0);

  const json = { query: compounds[3], explain: true };
  const { hits } = Object(await (await platform.call('POST /v1/search', { token, json })).json());
  // The best by n-grams has all of their weight.
  const shares = hits.map((hit: { explanation: { ngram?: number } }) => hit.explanation.ngram ?? 0);
  expect(Math.max(...shares)).toBeCloseTo(retrieval.weights.ngram, 2);
  expect(hits.map((hit: { document_id: string }) => hit.document_id)).toContain('d3');
});
