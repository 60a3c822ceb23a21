import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { outside, pod, policy, under } from '../support/under-policies.ts';

const client = pod({ role: 'client' });
const db = pod({ role: 'db' });

describe('ports', () => {
  const ports = (list: string) => under(`{ podSelector: {}, ingress: [{ ports: ${list} }] }`);

  test('a port is TCP unless it says otherwise, and a protocol alone is all its ports', () => {
    expect(ports('[{ port: 53 }]')(client, db, 53)).toBe(true);
    expect(ports('[{ port: 53 }]')(client, db, 53, 'UDP')).toBe(false);
    expect(ports('[{ protocol: UDP }]')(client, db, 9, 'UDP')).toBe(true);
    expect(ports('[{ protocol: UDP }]')(client, db, 9)).toBe(false);
  });

  test('no list and an empty list of ports are every port', () => {
    expect(ports('[]')(client, db, 9)).toBe(true);
    expect(under('{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }')(client, db, 9, 'SCTP')).toBe(true);
  });

  test('a range holds both of its ends', () => {
    const isAllowed = ports('[{ port: 32000, endPort: 32768 }]');
    expect([31_999, 32_000, 32_768, 32_769].map((port) => isAllowed(client, db, port))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('a name is that of a port at the receiving end, in both directions', () => {
    expect(ports('[{ port: http }]')(client, db, 8080)).toBe(true);
    expect(ports('[{ port: http }]')(client, db, 80)).toBe(false);
    expect(ports('[{ port: http, protocol: UDP }]')(client, db, 8080, 'UDP')).toBe(false);
    const egress = under('{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: http }] }] }');
    expect(egress(client, db, 8080)).toBe(true);
    expect(egress(client, outside('203.0.113.7'), 8080)).toBe(false);
  });
});

test.each([
  ['a field it does not know', '{ podSelector: {}, ingress: [{ form: [] }] }'],
  ['a block together with selectors', '{ ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }] }'],
  ['a peer without anything', '{ ingress: [{ from: [{}] }] }'],
  ['an end below the beginning', '{ ingress: [{ ports: [{ port: 20, endPort: 10 }] }] }'],
  ['an end of a name', '{ ingress: [{ ports: [{ port: http, endPort: 90 }] }] }'],
])('%s is refused', (_, spec) => {
  expect(() => policy(spec)).toThrow(v.ValiError);
});
