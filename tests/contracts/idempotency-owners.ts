import { describe, expect, test } from 'vitest';
import { calm, createScope } from '#tests/support/scope.ts';
import { answer, createUse, fresh, platformActor, renewed, type IdempotencyUnderTest } from './idempotency-world.ts';

/** Whose keys and answers are whose, on every state store. */
export function describeIdempotencyOwners(name: string, create: () => Promise<IdempotencyUnderTest>): void {
  describe(`idempotency on ${name}, and whose it is`, () => {
    const use = createUse(create);

    test.each([
      ['tenant', {}, 'other'],
      ['incarnation of the name', { incarnation: 'second' }, ''],
      ['user', { userId: 'user-2' }, ''],
      ['role', { role: 'reader' }, ''],
      ['API key', { keyId: 'key-1' }, ''],
      ['set of groups', { groups: ['a'] }, ''],
    ] as const)(
      "another %s has keys of its own, and none of the first one's answers",
      async (_name, claims, suffix) => {
        const { send, begin } = await use();
        const scope = fresh();
        const other = createScope(`${scope.tenantId}${suffix}`, claims);
        await (await begin(scope)).keep(answer);
        const own = { ...answer, body: 'own' };
        await (await begin(other, { content: 'other' })).keep(own);
        expect(await send(other, { content: 'other' })).toEqual({ answer: own });
        expect(await send(scope)).toEqual({ answer });
      },
    );

    test("the order of a user's groups means nothing", async () => {
      const { send, begin } = await use();
      const scope = fresh({ groups: ['a', 'b'] });
      await (await begin(scope)).keep(answer);
      expect(await send(createScope(scope.tenantId, { groups: ['b', 'a'] }))).toEqual({ answer });
    });

    test('administrators of the platform have keys of their own', async () => {
      const { send, begin } = await use();
      const [one, other] = [platformActor(crypto.randomUUID()), platformActor(crypto.randomUUID())];
      const key = crypto.randomUUID();
      await (await begin(one, { key })).keep(answer);
      expect(await send(one, { key })).toEqual({ answer });
      await begin(other, { key, content: 'other' });
    });

    test("an erasure takes a tenant's answers with it, and nothing comes back of what was under way", async () => {
      const { store, pass, send, begin } = await use(renewed);
      const scope = fresh();
      await (await begin(scope, { key: 'kept' })).keep(answer);
      const running = await begin(scope, { key: 'running' });
      expect(await store.clearTenant(scope, calm)).toBeGreaterThan(0);
      await pass(500);
      await running.keep(answer);
      expect(await store.clearTenant(scope, calm)).toBe(0);
      expect(await send(scope, { key: 'kept' })).toHaveProperty('attempt');
      expect(await send(scope, { key: 'running' })).toHaveProperty('attempt');
    });

    test("the answer of an erasure itself stays, with the tenant's account", async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      const attempt = await begin(scope, { outlivesErasure: true });
      await store.clearTenant(scope, calm);
      await attempt.keep(answer);
      const next = createScope(scope.tenantId, { incarnation: 'second', signingKey: new Uint8Array(32) });
      expect(await send(next, { outlivesErasure: true })).toEqual({ answer });
    });

    test('whoever has the store alone reads nothing of request, key and answer, nor can it pass one off for another', async () => {
      const { store, send, begin } = await use();
      const scope = fresh();
      for (const key of ['key-of-the-first', 'key-of-the-second']) {
        await (await begin(scope, { key, content: 'what was asked' })).keep({ ...answer, body: `answer to ${key}` });
      }
      const collection = scope.collection('idempotency');
      const [first, second] = await store.list(collection, { limit: 10 }, calm);
      const everything = JSON.stringify([first, second]);
      for (const text of ['key-of-the', 'what was', 'answer to', '201']) expect(everything).not.toContain(text);
      const swapped = { ...JSON.parse(first?.value ?? ''), answer: JSON.parse(second?.value ?? '').answer };
      await store.put(collection.key(first?.id ?? ''), JSON.stringify(swapped), {}, calm);
      const sent = await Promise.allSettled(
        ['key-of-the-first', 'key-of-the-second'].map((key) => send(scope, { key, content: 'what was asked' })),
      );
      expect(sent.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    });
  });
}
