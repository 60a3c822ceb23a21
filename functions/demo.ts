import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { parseEnv } from '#lib/config/env.ts';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';
import { createLocalPlatform, localEnv } from './local.ts';

/**
 * Ingests this project's own documentation as one tenant and streams a cited answer to a question
 * about it: the whole platform in one process, called as a client would, on data that is gone afterwards.
 */

const { values } = parseArgs({
  options: { question: { type: 'string', default: 'What does the tripwire do with a foreign row?' } },
});

const Result = v.object({ id: v.string(), status: v.string(), chunks: v.number() });
const Batch = v.object({ results: v.array(Result) });
const Citation = v.object({
  n: v.number(),
  document_id: v.string(),
  quote: v.string(),
  start: v.number(),
  end: v.number(),
});
const Part = v.variant('type', [
  v.object({ type: v.literal('text-delta'), delta: v.string() }),
  v.object({ type: v.literal('data-citations'), data: v.array(Citation) }),
  v.object({ type: v.literal('error'), errorText: v.string() }),
]);

const write = (text: string) => process.stdout.write(text);

function findDocuments(): { id: string; text: string; media_type: string }[] {
  const nested = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  const files = ['README.md', ...nested.map((file) => join('docs', file))];
  return files.map((file) => ({ id: file, text: readFileSync(file, 'utf8'), media_type: 'text/markdown' }));
}

const directory = mkdtempSync(join(tmpdir(), 'genai-demo-'));
const secret = crypto.randomUUID() + crypto.randomUUID();
const platform = await createLocalPlatform(
  parseEnv(localEnv, { JWT_SECRET: secret, TENANT_AUTO_CREATE: 'true', DATA_DIR: directory, LOG_LEVEL: 'silent' }),
);

async function post(path: string, token: string, body: object, accept = 'application/json'): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept };
  const response = await platform.fetch(
    new Request(`http://localhost${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
  );
  if (response.status !== 200) throw new Error(await response.text());
  return response;
}

function show(part: v.InferOutput<typeof Part>): void {
  if (part.type === 'text-delta') write(part.delta);
  else if (part.type === 'error') write(`\n${part.errorText}\n`);
  else
    for (const { n, document_id, start, end, quote } of part.data)
      write(`\n[${n}] ${document_id}, ${start}–${end}:\n    “${quote.replace(/\s+/g, ' ')}”\n`);
}

try {
  const tenant = parseTenantId('demo');
  if (!tenant) throw new Error('The demo tenant has no valid name');
  const token = await platform.foundation.auth.issueToken(
    { sub: 'demo', tenant_id: tenant, role: 'member', groups: [] },
    600,
  );
  const documents = findDocuments();
  const { results } = v.parse(Batch, await (await post('/v1/documents', token, { documents })).json());
  for (const { id, status, chunks } of results) write(`${status.padEnd(9)} ${id} (${chunks} passages)\n`);
  write(`\n${values.question}\n\n`);
  const response = await post('/v1/query', token, { question: values.question }, 'text/event-stream');
  for (const line of (await response.text()).split('\n')) {
    if (!line.startsWith('data: {')) continue;
    const part = v.safeParse(Part, JSON.parse(line.slice('data: '.length)));
    if (part.success) show(part.output);
  }
} finally {
  await platform.close();
  await platform.foundation.close();
  rmSync(directory, { recursive: true, force: true });
}
