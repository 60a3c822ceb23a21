import type { createExportEvents } from '#lib/audit/verbs/export-events.ts';
import type { createListEvents } from '#lib/audit/verbs/list-events.ts';
import type { createVerifyEvents } from '#lib/audit/verbs/verify-events.ts';
import { toAuditBody, toErrorLine, toVerdictBody } from '#lib/audit/wire.ts';
import { accepts } from '#lib/http/accepts.ts';
import { createActorApi } from '#lib/http/create-api.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { namedTenant } from '#lib/http/named-tenant.ts';
import { ndjson } from '#lib/http/ndjson.ts';
import { optionalJson } from '#lib/http/optional-json.ts';
import { query } from '#lib/http/validate.ts';
import { AuditQuery, VerifyBody } from './contract.ts';

export interface AuditDeps {
  http: HttpKit;
  listEvents: ReturnType<typeof createListEvents>;
  exportEvents: ReturnType<typeof createExportEvents>;
  verifyEvents: ReturnType<typeof createVerifyEvents>;
}

export const createAuditApp = ({ http, listEvents, exportEvents, verifyEvents }: AuditDeps) =>
  createActorApi(http, 'audit')
    .get('/v1/audit', query(AuditQuery), async (c) => {
      const { actor } = c.var;
      const { limit, cursor, ...range } = c.req.valid('query');
      const question = { ...range, tenantId: namedTenant(c) };
      if (!accepts(c.req.header('accept'), 'application/x-ndjson')) {
        return c.json(toAuditBody(await listEvents(actor, { ...question, limit, cursor }, c.var.signal)));
      }
      return ndjson(c, {
        produce: (signal) => exportEvents(actor, question, signal),
        toErrorLine,
        filename: 'audit.ndjson',
      });
    })
    .post('/v1/audit/verify', optionalJson(http, VerifyBody, {}), async (c) => {
      const question = { ...c.req.valid('json'), tenantId: namedTenant(c) };
      return c.json(toVerdictBody(await verifyEvents(c.var.actor, question, c.var.signal)));
    });
