import { describe, expect, test } from 'vitest';
import { outside, pod, under } from '../support/under-policies.ts';

const client = pod({ role: 'client' });
const db = pod({ role: 'db' });

describe('peers', () => {
  const alice = { user: 'alice' };
  const aliceClient = pod({ role: 'client' }, 'alice', alice);
  const aliceOther = pod({ role: 'other' }, 'alice', alice);
  const bobClient = pod({ role: 'client' }, 'bob');

  test('selectors of one element must both match', () => {
    const isAllowed = under(`
      podSelector: {}
      ingress:
        - from:
            - namespaceSelector: { matchLabels: { user: alice } }
              podSelector: { matchLabels: { role: client } }`);
    expect([aliceClient, aliceOther, bobClient, client].map((from) => isAllowed(from, db))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('elements are alternatives, and a pod selector of its own means the own namespace', () => {
    const isAllowed = under(`
      podSelector: {}
      ingress:
        - from:
            - namespaceSelector: { matchLabels: { user: alice } }
            - podSelector: { matchLabels: { role: client } }`);
    expect([aliceClient, aliceOther, bobClient, client].map((from) => isAllowed(from, db))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test('an empty pod selector is every pod of the namespace, an empty namespace selector every pod there is', () => {
    const own = under('{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }');
    const all = under('{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }');
    expect([client, bobClient, outside('203.0.113.7')].map((from) => own(from, db))).toEqual([true, false, false]);
    expect([client, bobClient, outside('203.0.113.7')].map((from) => all(from, db))).toEqual([true, true, false]);
  });

  test('no list and an empty list of peers are everyone, an empty list of rules is no one', () => {
    const internet = outside('203.0.113.7');
    expect(under('{ podSelector: {}, ingress: [{}] }')(internet, db)).toBe(true);
    expect(under('{ podSelector: {}, ingress: [{ from: [] }] }')(internet, db)).toBe(true);
    expect(under('{ podSelector: {}, ingress: [] }')(internet, db)).toBe(false);
  });

  test('a block of addresses leaves out its exceptions', () => {
    const isAllowed = under(`
      podSelector: { matchLabels: { role: db } }
      ingress:
        - from:
            - ipBlock: { cidr: 172.17.0.0/16, except: [172.17.1.0/24] }
            - namespaceSelector: { matchLabels: { project: myproject } }
            - podSelector: { matchLabels: { role: frontend } }
          ports: [{ protocol: TCP, port: 6379 }]
      egress:
        - to: [{ ipBlock: { cidr: 10.0.0.0/24 } }]
          ports: [{ protocol: TCP, port: 5978 }]`);
    expect(isAllowed(outside('172.17.0.5'), db, 6379)).toBe(true);
    expect(isAllowed(outside('172.17.1.5'), db, 6379)).toBe(false);
    expect(isAllowed(outside('172.18.0.5'), db, 6379)).toBe(false);
    expect(isAllowed(pod({ role: 'frontend' }), db, 6379)).toBe(true);
    expect(isAllowed(pod({}, 'mine', { project: 'myproject' }), db, 6379)).toBe(true);
    expect(isAllowed(pod({ role: 'frontend' }), db, 6380)).toBe(false);
    expect(isAllowed(db, outside('10.0.0.9'), 5978)).toBe(true);
    expect(isAllowed(db, outside('10.0.1.9'), 5978)).toBe(false);
  });

  test('all addresses of one family are none of the other', () => {
    const isAllowed = under('{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }] }');
    expect(isAllowed(client, outside('203.0.113.7'))).toBe(true);
    expect(isAllowed(client, outside('2001:db8::7'))).toBe(false);
  });

  test.each([
    ['{ key: role, operator: In, values: [db, client] }', true, false, false],
    ['{ key: role, operator: NotIn, values: [client] }', false, true, true],
    ['{ key: role, operator: Exists }', true, true, false],
    ['{ key: role, operator: DoesNotExist }', false, false, true],
  ])('the expression %s', (expression, ofClient, ofOther, ofNone) => {
    const isAllowed = under(`
      podSelector: { matchLabels: { role: db } }
      ingress: [{ from: [{ podSelector: { matchExpressions: [${expression}] } }] }]`);
    expect(isAllowed(client, db)).toBe(ofClient);
    expect(isAllowed(pod({ role: 'other' }), db)).toBe(ofOther);
    expect(isAllowed(pod({}), db)).toBe(ofNone);
  });
});
