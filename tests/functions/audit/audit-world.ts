import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { vi } from 'vitest';
import { AuditEventSchema, type AuditEvent } from '#lib/audit/audit-event.ts';
import { AuditResponse, VerdictResponse } from '#functions/audit/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { calm } from '#tests/support/scope.ts';
import { createTestPlatform, createToken, type TokenClaims } from '#tests/support/platform.ts';
import { temporaryDirectory } from '#tests/support/process.ts';

const Rows = v.array(
  v.object({
    chain: v.string(),
    first: v.number(),
    last: v.number(),
    events: v.pipe(v.string(), v.parseJson(), v.array(AuditEventSchema)),
  }),
);

export const admin: TokenClaims = { role: 'tenant_admin', sub: 'admin' };
export const platformAdmin: TokenClaims = { role: 'platform_admin', sub: 'operator', tenant_id: undefined as never };

/** The whole platform, whose trail stands in a file that tests can write to behind its back. */
export async function createAuditWorld(env: NodeJS.ProcessEnv = {}) {
  const directory = temporaryDirectory();
  const platform = await createTestPlatform({ DATA_DIR: directory, ...env });

  async function send(target: string, claims: TokenClaims = admin, options: object = {}): Promise<Response> {
    return platform.call(target, { token: await createToken(claims), ...options });
  }

  const list = async (query = '', claims: TokenClaims = admin) =>
    parseBody(AuditResponse, await send(`GET /v1/audit${query}`, claims));

  const verify = async (json: object = {}, claims: TokenClaims = admin, query = '') =>
    parseBody(VerdictResponse, await send(`POST /v1/audit/verify${query}`, claims, { json }));

  async function exportText(query = '', claims: TokenClaims = admin): Promise<string> {
    const response = await send(`GET /v1/audit${query}`, claims, { headers: { accept: 'application/x-ndjson' } });
    return response.text();
  }

  /** The trail of the tenant, once it holds an event of this action and target. */
  const listOnce = (action: string, target: string, claims: TokenClaims = admin): Promise<AuditEvent[]> =>
    vi.waitFor(
      async () => {
        const { events } = await list('?limit=1000', claims);
        if (!events.some((event) => event.action === action && event.target === target)) throw new Error('Not yet');
        return events;
      },
      { timeout: 20_000, interval: 50 },
    );

  const putDocument = (id: string, claims: TokenClaims = admin) =>
    send(`PUT /v1/documents/${id}`, claims, { json: { title: id, text: `The text of ${id}` } });

  const openFile = () => new DatabaseSync(join(directory, 'audit.sqlite'), { timeout: 5_000 });

  /** Changes the store as somebody would who has its file. */
  function tamper(sql: string, parameters: Record<string, string | number> = {}): void {
    const database = openFile();
    database.prepare(sql).run(parameters);
    database.close();
  }

  /** The rows of the tenant's chain. */
  function rows(tenant = 'acme') {
    const database = openFile();
    const found = database
      .prepare('SELECT chain, first, last, events FROM block WHERE chain GLOB :chain ORDER BY first')
      .all({ chain: `${tenant}.*` });
    database.close();
    return v.parse(Rows, found);
  }

  /** Until the state store remembers the last event that is there. */
  const remembered = () =>
    vi.waitFor(
      async () => {
        const last = rows().at(-1);
        const head = last && (await platform.foundation.headMemory.find(last.chain, calm));
        if (head?.sequence !== last?.last) throw new Error('Not yet');
      },
      { timeout: 20_000, interval: 50 },
    );

  return { ...platform, remembered, directory, send, list, listOnce, verify, exportText, putDocument, tamper, rows };
}
