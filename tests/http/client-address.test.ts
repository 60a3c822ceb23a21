import * as v from 'valibot';
import { expect, test } from 'vitest';
import { clientAddress } from '#lib/http/request-origin.ts';
import { TrustedProxiesSchema } from '#lib/http/trusted-proxies.ts';

const trusting = (networks: string) => v.parse(TrustedProxiesSchema, networks);
const ours = trusting('10.0.0.0/8, 127.0.0.1,fd00::/8');

test.each<[string, string | undefined, string, string]>([
  ['nobody is in between', undefined, '203.0.113.7', '203.0.113.7'],
  ['one proxy is', '203.0.113.7', '10.1.2.3', '203.0.113.7'],
  ['several are, however many', '203.0.113.7, 10.9.9.9,10.1.2.4', '::ffff:127.0.0.1', '203.0.113.7'],
  ['a client has written addresses before', '198.51.100.1, 203.0.113.7, 10.9.9.9', '10.1.2.3', '203.0.113.7'],
  ['a client goes round the proxies', '198.51.100.1', '203.0.113.7', '203.0.113.7'],
  ['a client of our own network calls', '10.7.7.7, 10.9.9.9', '10.1.2.3', '10.7.7.7'],
  ['what stands there is no address', '198.51.100.1, unknown', '10.1.2.3', '10.1.2.3'],
  ['addresses are of IPv6', '2001:db8::7, fd12::1', 'fd00::2', '2001:db8::7'],
])('the client’s address, where %s', (_, forwardedFor, socketAddress, expected) => {
  expect(clientAddress(forwardedFor, socketAddress, ours)).toBe(expected);
});

test('without trusted proxies the header says nothing', () => {
  expect(clientAddress('198.51.100.1', '10.1.2.3', trusting(''))).toBe('10.1.2.3');
});

test.each(['10.0.0.0/33', '10.0.0/8', 'proxy.test', '10.0.0.0/8,', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1'])(
  '%s is no list of networks',
  (text) => {
    expect(v.safeParse(TrustedProxiesSchema, text).success).toBe(false);
  },
);
