import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTenantId } from '#lib/tenancy/tenant-id.ts';

test.each(['a', 'acme', 'acme-corp', '0', '9-9', 'a'.repeat(63)])('%s is a tenant id', (id) => {
  expect(parseTenantId(id)).toBe(id);
});

test.each([
  '',
  '-a',
  'a-',
  'A',
  'a_b',
  'a.b',
  'a*',
  '*',
  'a,b',
  '../a',
  'a/b',
  'a b',
  'a\n',
  'ä',
  'a'.repeat(64),
  '{a}',
  'a:b',
  '_platform',
  null,
  7,
  ['a'],
  {},
])('%j is none', (value) => {
  expect(parseTenantId(value)).toBeUndefined();
});

test('whatever is accepted holds nothing that a key, index or path could read otherwise', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
      const id = parseTenantId(text);
      expect(id === undefined || /^[a-z0-9-]{1,63}$/.test(id)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
