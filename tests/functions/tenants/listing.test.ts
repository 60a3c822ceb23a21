import * as v from 'valibot';
import { expect, test } from 'vitest';
import { TenantResponse } from '#functions/tenants/contract.ts';
import { parseBody } from '#tests/support/body.ts';
import { createTestPlatform } from '#tests/support/platform.ts';
import { createPlatformAdmin } from './admin.ts';

const Page = v.strictObject({ tenants: v.array(TenantResponse), next_cursor: v.optional(v.string()) });
const readPage = (response: Response) => parseBody(Page, response);

test('tenants are listed page by page in the order of their ids, each once', async () => {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  const ids = ['a', 'a-b', 'ab', 'acme', 'acme-corp', 'b', 'z9'];
  for (const id of ids.toReversed()) await platform.addTenant(id);

  for (const limit of [1, 2, 3, 7, 100]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const response = await platform.call(`GET /v1/tenants?limit=${limit}${query}`, { token });
      expect(response.status).toBe(200);
      const page = await readPage(response);
      expect(page.tenants.length).toBeLessThanOrEqual(limit);
      expect(page.tenants.length, 'no page is empty').toBeGreaterThan(0);
      seen.push(...page.tenants.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen, `limit ${limit}`).toEqual(ids.toSorted());
  }
});

test('a tenant that comes or goes between pages neither repeats nor hides another', async () => {
  const platform = await createTestPlatform();
  const token = await createPlatformAdmin();
  for (const id of ['b', 'd', 'f', 'h']) await platform.addTenant(id);
  const first = await readPage(await platform.call('GET /v1/tenants?limit=2', { token }));
  await platform.addTenant('a');
  await platform.call('DELETE /v1/tenants/d', { token });
  const second = await readPage(await platform.call(`GET /v1/tenants?limit=2&cursor=${first.next_cursor}`, { token }));
  expect(second.tenants.map(({ id }) => id)).toEqual(['f', 'h']);
});

test.each(['limit=0', 'limit=1001', 'limit=x', 'limit=-1', 'cursor=%20', 'cursor=!', 'page=2', 'limit=1&limit=2'])(
  'a list of %s is refused',
  async (query) => {
    const { call } = await createTestPlatform();
    const response = await call(`GET /v1/tenants?${query}`, { token: await createPlatformAdmin() });
    expect(await response.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  },
);
