import { expect, onTestFinished, test } from 'vitest';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { createToken, type TestPlatform } from '#tests/support/platform.ts';
import { createRealPlatforms } from '../support/real-platform.ts';

/** Two processes of the platform, as two pods are: what one has acknowledged the other one shows. */

const rounds = 60;

async function createPods(): Promise<[TestPlatform, TestPlatform]> {
  const [first, second] = await createRealPlatforms(2);
  if (!first || !second) throw new Error('There are no platforms');
  return [first, second];
}

async function createTenant(pod: TestPlatform) {
  const tenant = freshTenant();
  onTestFinished(async () => {
    const admin = await createToken({ role: 'platform_admin', tenant_id: undefined as never });
    await pod.call(`DELETE /v1/tenants/${tenant}`, { token: admin });
  });
  return {
    writer: await createToken({ tenant_id: tenant, role: 'tenant_admin', groups: ['board'] }),
    reader: await createToken({ tenant_id: tenant, role: 'reader', groups: [] }),
  };
}

test(
  'a replaced, restricted or deleted document is never quoted as it was, by any pod',
  { timeout: 300_000 },
  async () => {
    const [first, second] = await createPods();
    const { writer, reader } = await createTenant(first);
    const put = (pod: TestPlatform, json: object) => pod.call('PUT /v1/documents/plan', { token: writer, json });
    const whatPodSays = async (pod: TestPlatform): Promise<string> => {
      const [search, query, text] = await Promise.all([
        pod.call('POST /v1/search', { token: reader, json: { query: 'merger plan' } }),
        pod.call('POST /v1/query', { token: reader, json: { question: 'What is the merger plan?' } }),
        pod.call('GET /v1/documents/plan/text', { token: reader }),
      ]);
      return (await Promise.all([search.text(), query.text(), text.text()])).join('\n');
    };

    for (let round = 0; round < rounds; round += 1) {
      const [writing, reading] = round % 2 === 0 ? [first, second] : [second, first];
      const version = `merger plan number${round}`;
      expect((await put(writing, { text: `The ${version} is to buy shares.` })).status).toBeLessThan(300);
      const fresh = await whatPodSays(reading);
      expect(fresh).toContain(`number${round} `);
      if (round > 0) expect(fresh).not.toContain(`number${round - 1} `);

      expect((await put(reading, { text: `The ${version} is to buy shares.`, groups: ['board'] })).status).toBe(200);
      expect(await whatPodSays(writing)).not.toContain(`number${round} `);

      if (round % 3 === 0) {
        expect((await reading.call('DELETE /v1/documents/plan', { token: writer })).status).toBe(204);
        const member = await writing.call('POST /v1/search', { token: writer, json: { query: 'merger plan' } });
        expect(Object(await member.json()).hits).toEqual([]);
      }
    }
  },
);

test(
  'while documents are replaced again and again, readers see one version or the next, never a mixture',
  { timeout: 120_000 },
  async () => {
    const [first, second] = await createPods();
    const { writer, reader } = await createTenant(first);
    const text = (version: number) =>
      Array.from({ length: 12 }, () => `version${version} ${'filler '.repeat(280)}`).join('\n\n');
    const put = (version: number) =>
      first.call('PUT /v1/documents/long', { token: writer, json: { text: text(version) } });
    await put(0);
    let isWriting = true;
    let last = 0;
    const writing = (async () => {
      for (let version = 1; version <= 15; version += 1) {
        expect((await put(version)).status).toBe(200);
        last = version;
      }
      isWriting = false;
    })();
    while (isWriting) {
      const acknowledged = last;
      const json = { query: 'filler', limit: 100, mode: 'lexical' };
      const { hits } = Object(await (await second.call('POST /v1/search', { token: reader, json })).json());
      const versions = new Set<string>(hits.map((hit: { text: string }) => hit.text.split(' ')[0]));
      expect(versions.size).toBe(1);
      expect(Number([...versions][0]?.slice('version'.length))).toBeGreaterThanOrEqual(acknowledged);
    }
    await writing;
  },
);

test('a key that one pod revokes opens nothing on another within a second', async () => {
  const [first, second] = await createPods();
  const { writer } = await createTenant(first);
  const tenant = JSON.parse(Buffer.from(writer.split('.')[1] ?? '', 'base64url').toString()).tenant_id;
  await first.call('GET /v1/documents', { token: writer });
  const created = await first.call(`POST /v1/tenants/${tenant}/keys`, {
    token: writer,
    json: { name: 'k', role: 'reader' },
  });
  const { id, key } = Object(await created.json());
  expect((await second.call('GET /v1/documents', { token: key })).status).toBe(200);
  await first.call(`DELETE /v1/tenants/${tenant}/keys/${id}`, { token: writer });
  expect((await first.call('GET /v1/documents', { token: key })).status).toBe(401);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await second.call('GET /v1/documents', { token: key })).status).toBe(401);
});
