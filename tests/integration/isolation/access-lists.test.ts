import { expect, onTestFinished, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createToken } from '#tests/support/platform.ts';
import { startUpstream } from '#tests/support/upstream.ts';
import { createRealPlatforms } from '../support/real-platform.ts';

const hidden = 10_000;
const batch = 1_000;

test(
  `three permitted passages among ${hidden} nearer ones are all found, by every kind of search`,
  { timeout: 300_000 },
  async () => {
    const upstream = await startUpstream({ dimensions: 32 });
    onTestFinished(() => upstream.close());
    const [platform] = await createRealPlatforms(1, {
      EMBEDDINGS_BASE_URL: upstream.url,
      EMBEDDINGS_MODEL: 'words',
      EMBEDDINGS_DIMENSIONS: '32',
    });
    if (!platform) throw new Error('There is no platform');
    const tenant = freshTenant();
    const writer = await createToken({ tenant_id: tenant, role: 'tenant_admin', groups: ['hr'] });
    onTestFinished(async () => {
      const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
      await platform.call(`DELETE /v1/tenants/${tenant}`, { token: admin });
    });
    const store = async (documents: object[]) => {
      const body = documents.map((document) => JSON.stringify(document)).join('\n');
      const response = await platform.call('POST /v1/documents', {
        token: writer,
        body,
        headers: { 'content-type': 'application/x-ndjson' },
      });
      const { results } = Object(await response.json());
      expect(results.every(({ status }: { status: string }) => status === 'created')).toBe(true);
    };
    for (let start = 0; start < hidden; start += batch) {
      await store(
        Array.from({ length: batch }, (_, index) => ({
          id: `hidden-${start + index}`,
          title: 'salary table',
          text: `salary table ${(start + index) % 7}`,
          groups: ['hr'],
        })),
      );
    }
    const permitted = ['one', 'two', 'three'];
    await store(
      permitted.map((id) => ({
        id,
        title: 'canteen',
        text: `The menu of the canteen says nothing of any salary but in this ${id} sentence with a good many other words`,
        groups: ['all'],
      })),
    );

    const reader = await createToken({ tenant_id: tenant, role: 'reader', groups: ['all'] });
    for (const mode of ['vector', 'lexical', 'hybrid']) {
      const json = { query: 'salary table', mode, limit: 100 };
      const { hits, degraded } = Object(await (await platform.call('POST /v1/search', { token: reader, json })).json());
      const found = hits.map(({ document_id }: { document_id: string }) => document_id);
      expect(found.toSorted(), mode).toEqual(permitted.toSorted());
      expect(degraded).toBeUndefined();
    }
    const listed = Object(await (await platform.call('GET /v1/documents', { token: reader })).json());
    expect(listed.documents).toHaveLength(3);
    const member = await createToken({ tenant_id: tenant, groups: ['hr'] });
    const json = { query: 'salary table', mode: 'vector', limit: 10 };
    const all = Object(await (await platform.call('POST /v1/search', { token: member, json })).json());
    expect(all.hits.every(({ document_id }: { document_id: string }) => document_id.startsWith('hidden-'))).toBe(true);
  },
);
