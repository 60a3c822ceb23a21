import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCursor, sealCursor } from '#lib/tenancy/cursor.ts';
import { createScope } from '#tests/support/scope.ts';

const acme = createScope('acme', { signingKey: new Uint8Array(32).fill(1) });
const beta = createScope('beta', { signingKey: new Uint8Array(32).fill(2) });

test('a cursor opens where it was sealed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (position, purpose) => {
      expect(openCursor(acme, purpose, sealCursor(acme, purpose, position))).toBe(position);
    }),
  );
});

test("another tenant's, another list's and a changed cursor are refused alike", () => {
  const cursor = sealCursor(acme, 'documents', 'doc-1');
  const [position = '', signature = ''] = cursor.split('.');
  const changed = `${Buffer.from('doc-2').toString('base64url')}.${signature}`;
  const recreated = createScope('acme', { incarnation: 'second', signingKey: new Uint8Array(32).fill(3) });
  const attempts = [
    () => openCursor(beta, 'documents', cursor),
    () => openCursor(recreated, 'documents', cursor),
    () => openCursor(acme, 'search:1', cursor),
    () => openCursor(acme, 'documents', changed),
    () => openCursor(acme, 'documents', position),
    () => openCursor(acme, 'documents', `${position}.`),
    () => openCursor(acme, 'documents', ''),
  ];
  for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
