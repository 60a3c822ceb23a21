import { afterAll } from 'vitest';
import { describeDurability } from '#tests/contracts/durability.ts';
import { freshTenant } from '#tests/contracts/search-engine/under-test.ts';
import { openServer } from '../support/opensearch.ts';

const { url } = openServer();
const tenant = freshTenant();

describeDurability('opensearch', { env: { SEARCH_ENGINE: 'opensearch', OPENSEARCH_URL: url }, tenant, rounds: 10 });

afterAll(async () => {
  const indices = Object.keys(Object(await (await fetch(`${url}/genai_${tenant}`)).json()));
  for (const name of indices) await fetch(`${url}/${name}`, { method: 'DELETE' });
});
