import fc from 'fast-check';
import { expect, test } from 'vitest';
import { platformCollection, tenantCollection } from '#lib/tenancy/state-key.ts';
import { createScope } from '#tests/support/scope.ts';

const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const nasty = fc.oneof(part, fc.constantFrom(':', '{', '}', '%', '%3A', 'a:b', '}:{', '*', '..', '.'));
const address = fc.record({ tenantId: nasty, incarnation: nasty, kind: nasty, id: nasty });

const keyOf = ({
  tenantId,
  incarnation,
  kind,
  id,
}: {
  tenantId: string;
  incarnation: string;
  kind: string;
  id: string;
}) => tenantCollection({ tenantId, incarnation }, kind).key(id);

test('different addresses never give the same key', () => {
  fc.assert(
    fc.property(address, address, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      expect(keyOf(one) === keyOf(other)).toBe(isSame);
    }),
    { numRuns: 3_000 },
  );
});

test("no collection's prefix begins another tenant's key", () => {
  fc.assert(
    fc.property(address, address, (one, other) => {
      fc.pre(one.tenantId !== other.tenantId || one.incarnation !== other.incarnation);
      const { prefix } = tenantCollection(one, one.kind);
      expect(keyOf(other).startsWith(prefix)).toBe(false);
    }),
    { numRuns: 3_000 },
  );
});

test('all keys of a tenant share one hash tag, and no other tenant or the platform has it', () => {
  const tagOf = (key: string) => /\{([^}]*)\}/.exec(key)?.[1];
  const scope = createScope('acme');
  const keys = [scope.collection('answer').key('1'), scope.collection('lease', 'x').key('}{')];
  expect(new Set(keys.map(tagOf))).toEqual(new Set(['acme.first']));
  expect(tagOf(createScope('acme', { incarnation: 'second' }).collection('answer').key('1'))).not.toBe('acme.first');
  expect(tagOf(platformCollection('tenant').key('acme'))).toBe('_platform');
});

test("a scope's keys are apart from the ones that the platform keeps for the tenant", () => {
  const scope = createScope('acme');
  expect(scope.collection('api_key').key('k')).not.toBe(tenantCollection(scope, 'api_key').key('k'));
});

test('a key holds the whole of its address, in this form', () => {
  expect(createScope('acme').collection('answer', 'a:b').key('ü')).toBe('genai:{acme.first}:data:answer:a%3Ab:%C3%BC');
  expect(platformCollection('tenant').key('acme')).toBe('genai:{_platform}:tenant:acme');
});
