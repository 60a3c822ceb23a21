import { expect, test } from 'vitest';
import { toAskedTarget } from '#lib/audit/asked-target.ts';
import type { LogEvent } from '#lib/telemetry/logger.ts';
import { admin, createAuditWorld, platformAdmin } from './audit-world.ts';

const toText = ({ tenant_id, user_id, action, target, outcome }: LogEvent) =>
  `${tenant_id} ${user_id} ${action} ${String(target)} ${String(outcome)}`;

const gone = toAskedTarget('gone');

/** What each call leaves in the trail, beside the changes that others made. */
async function createWorld(env: NodeJS.ProcessEnv = {}) {
  const world = await createAuditWorld(env);
  await world.putDocument('there');
  await world.addTenant('beta');
  async function audited(target: string, claims = admin, options: object = {}): Promise<[number, string[]]> {
    const before = world.logged.length;
    const response = await world.send(target, claims, options);
    await response.text();
    const lines = world.logged.slice(before).filter(({ event }) => event === 'audit');
    return [response.status, lines.map(toText)];
  }
  return { ...world, audited };
}

test('who asked for a document that is not there, or not theirs, is in the trail of their own tenant', async () => {
  const { audited, listOnce } = await createWorld();
  expect(await audited('GET /v1/documents/gone')).toEqual([404, [`acme admin document.read ${gone} not_found`]]);
  expect(await audited('GET /v1/documents/gone/text')).toEqual([
    404,
    [`acme admin document.read_text ${gone} not_found`],
  ]);
  const stranger = { tenant_id: 'beta', sub: 'eve' };
  expect(await audited('GET /v1/documents/there', stranger)).toEqual([
    404,
    [`beta eve document.read ${toAskedTarget('there')} not_found`],
  ]);
  const events = await listOnce('document.read', gone);
  expect(events.filter(({ target }) => target === gone)).toMatchObject([
    { action: 'document.read', outcome: 'not_found', user_id: 'admin' },
    { action: 'document.read_text', outcome: 'not_found' },
  ]);
  expect(events.filter(({ user_id }) => user_id === 'eve')).toEqual([]);
});

test('a search, a question and a completion that fail are in the trail once, with their code', async () => {
  const { audited } = await createWorld({ LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'away' });
  expect(await audited('POST /v1/search', admin, { json: { query: 'x', mode: 'vector' } })).toEqual([
    400,
    ['acme admin document.search * invalid_request'],
  ]);
  const messages = [{ role: 'user', content: 'hello' }];
  const [status, lines] = await audited('POST /v1/chat/completions', admin, { json: { model: 'away', messages } });
  expect(status).toBeGreaterThanOrEqual(500);
  expect(lines).toEqual([expect.stringMatching(/^acme admin model\.complete away model_\w+$/)]);
  expect(await audited('GET /v1/models/unknown')).toEqual([
    404,
    [`acme admin model.read ${toAskedTarget('unknown')} not_found`],
  ]);
});

test('a question whose model fails behind its sources has read them', async () => {
  const { audited } = await createWorld({ LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'away' });
  const json = { question: 'What is the text of there?' };
  const [status, lines] = await audited('POST /v1/query', admin, { json });
  expect(status).toBeGreaterThanOrEqual(500);
  expect(lines).toEqual(['acme admin document.query * success']);
});

test('what the platform asks of a tenant that never was is in the platform’s trail', async () => {
  const { audited } = await createWorld();
  for (const [target, action] of [
    ['GET /v1/tenants/nobody', 'tenant.read'],
    ['GET /v1/tenants/nobody/keys', 'api_key.list'],
    ['GET /v1/tenants/nobody/provider-keys', 'provider_key.list'],
    ['GET /v1/usage?tenant_id=nobody', 'usage.read'],
    ['GET /v1/audit?tenant_id=nobody', 'audit.list'],
    ['POST /v1/audit/verify?tenant_id=nobody', 'audit.verify'],
  ] as const) {
    const options = target.startsWith('POST') ? { json: {} } : {};
    expect(await audited(target, platformAdmin, options), target).toEqual([
      404,
      [`_platform operator ${action} ${toAskedTarget('nobody')} not_found`],
    ]);
  }
});

test('what is refused is told once, and what is turned away by a rate not at all', async () => {
  const { audited, send } = await createWorld();
  expect(await audited('GET /v1/tenants/beta')).toEqual([
    403,
    ['acme admin request.refuse GET /v1/tenants/:t tenant_mismatch'],
  ]);
  const limits = { requests_per_minute: 1 };
  expect((await send('PATCH /v1/tenants/acme', platformAdmin, { json: { limits } })).status).toBe(200);
  const answers = [await audited('GET /v1/documents/gone'), await audited('GET /v1/documents/gone')];
  for (const [status, lines] of answers) expect(lines).toHaveLength(status === 429 ? 0 : 1);
  expect(answers.map(([status]) => status)).toContain(429);
});
