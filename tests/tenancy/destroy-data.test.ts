import { expect, test } from 'vitest';
import { createDestroyData } from '#lib/tenancy/destroy-data.ts';
import { calm } from '#tests/support/scope.ts';

const tenant = { tenantId: 'acme', incarnation: 'first' };

interface Pass {
  documents?: number;
  chunks?: number;
  late?: number;
}

/** Stores in which, pass after pass, so much is there again after it was destroyed. */
function createStores(passes: readonly Pass[]) {
  let drops = 0;
  let clears = 0;
  const found = (): Required<Pass> => ({ documents: 0, chunks: 0, late: 0, ...passes[drops - 1] });
  return {
    drops: () => drops,
    engine: {
      drop: async () => void (drops += 1),
      count: async () => ({ documents: found().documents, chunks: found().chunks }),
    },
    store: {
      async clearTenant() {
        clears += 1;
        return clears % 2 === 1 ? 10 : found().late;
      },
    },
  };
}

test.each<{ passes: Pass[]; drops: number; records: number }>([
  { passes: [], drops: 1, records: 10 },
  { passes: [{ documents: 1 }], drops: 2, records: 20 },
  { passes: [{ chunks: 1 }], drops: 2, records: 20 },
  { passes: [{ late: 1 }], drops: 2, records: 21 },
  { passes: [{ documents: 1, chunks: 1 }], drops: 2, records: 20 },
  { passes: [{ documents: 1, late: 1 }], drops: 2, records: 21 },
  { passes: [{ late: 2 }, { documents: 3, chunks: 3, late: 3 }], drops: 3, records: 35 },
])('what is there again is destroyed again: $passes', async ({ passes, drops, records }) => {
  const stores = createStores(passes);
  expect(await createDestroyData(stores)(tenant, calm)).toBe(records);
  expect(stores.drops()).toBe(drops);
});

test('what is there a third time fails', async () => {
  const stores = createStores([{ late: 1 }, { chunks: 1 }, { documents: 1 }]);
  await expect(createDestroyData(stores)(tenant, calm)).rejects.toMatchObject({ code: 'internal' });
  expect(stores.drops()).toBe(3);
});
