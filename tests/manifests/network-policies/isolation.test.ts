import { describe, expect, test } from 'vitest';
import { outside, pod, under } from '../support/under-policies.ts';

const client = pod({ role: 'client' });
const db = pod({ role: 'db' });
const denyIngress = '{ podSelector: {}, policyTypes: [Ingress] }';

describe('isolation', () => {
  test('without a policy everything is let through', () => {
    expect(under()(client, db)).toBe(true);
    expect(under()(outside('203.0.113.7'), db)).toBe(true);
  });

  test('a policy without rules denies the direction it names and no other', () => {
    expect(under(denyIngress)(client, db)).toBe(false);
    expect(under(denyIngress)(client, outside('203.0.113.7'))).toBe(true);
    const denyEgress = under('{ podSelector: {}, policyTypes: [Egress] }');
    expect(denyEgress(client, outside('203.0.113.7'))).toBe(false);
    expect(denyEgress(outside('203.0.113.7'), client)).toBe(true);
  });

  test('only pods of its own namespace that its selector matches are isolated', () => {
    const isAllowed = under('{ podSelector: { matchLabels: { role: db } } }');
    expect(isAllowed(client, db)).toBe(false);
    expect(isAllowed(db, client)).toBe(true);
    expect(isAllowed(client, pod({ role: 'db' }, 'other'))).toBe(true);
  });

  test('a policy without a pod selector means every pod of its namespace', () => {
    expect(under('{ policyTypes: [Ingress] }')(client, db)).toBe(false);
  });

  test('policies add up: what one allows, another does not take away', () => {
    const allow = '{ podSelector: { matchLabels: { role: db } }, ingress: [{}] }';
    expect(under(denyIngress, allow)(client, db)).toBe(true);
    expect(under(denyIngress, allow)(db, client)).toBe(false);
  });

  test('both ends have to allow it', () => {
    const denyEgress = '{ podSelector: { matchLabels: { role: client } }, policyTypes: [Egress] }';
    const allowIngress = '{ podSelector: { matchLabels: { role: db } }, ingress: [{}] }';
    expect(under(denyEgress, allowIngress)(client, db)).toBe(false);
  });

  test('a pod always reaches itself, another replica it does not', () => {
    expect(under(denyIngress)(db, db)).toBe(true);
    expect(under(denyIngress)(db, pod({ role: 'db' }))).toBe(false);
  });
});

describe('policy types', () => {
  test('rules for egress make it an egress policy as well; an empty list of them does not', () => {
    const internet = outside('203.0.113.7');
    expect(under('{ podSelector: {}, egress: [{ ports: [{ port: 443 }] }] }')(client, internet)).toBe(false);
    expect(under('{ podSelector: {}, egress: [{ ports: [{ port: 443 }] }] }')(client, internet, 443)).toBe(true);
    expect(under('{ podSelector: {}, egress: [] }')(client, internet)).toBe(true);
  });

  test('ingress is always among the types that are not written down', () => {
    expect(under('{ podSelector: {}, egress: [{}] }')(client, db)).toBe(false);
  });

  test('rules of a direction that the types do not name have no effect', () => {
    const isAllowed = under('{ podSelector: {}, policyTypes: [Egress], ingress: [], egress: [{}] }');
    expect(isAllowed(client, db)).toBe(true);
  });
});
