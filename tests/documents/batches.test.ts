import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBatches } from '#lib/documents/batches.ts';

const items = fc.array(
  fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), size: fc.integer({ min: 0, max: 2_000_000 }) }),
  { maxLength: 100 },
);

test('batches hold every item once, in order, an id only once each, and are never empty', () => {
  fc.assert(
    fc.property(items, (given) => {
      const batches = [...toBatches(given, { documents: 32, size: 1024 * 1024 })];
      expect(batches.flat()).toEqual(given);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(32);
        expect(new Set(batch.map(({ id }) => id)).size).toBe(batch.length);
        const size = batch.reduce((sum, item) => sum + item.size, 0);
        expect(batch.length === 1 || size <= 1024 * 1024).toBe(true);
      }
    }),
  );
});
