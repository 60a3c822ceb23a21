import { expect, test } from 'vitest';
import { isPublicUrl } from '#lib/gateway/public-url.ts';

test.each([
  'https://images.example/cat.png',
  'https://1.1.1.1/cat.png',
  'https://[2606:4700::1111]/cat.png',
  'https://svc.example.com:8443/a?b',
  'https://localhost.example/',
])('%s', (url) => {
  expect(isPublicUrl(url)).toBe(true);
});

test.each([
  'http://images.example/cat.png',
  'ftp://images.example/',
  'file:///etc/passwd',
  'https://',
  'images.example/cat.png',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://a.localhost/',
  'https://redis:6379/',
  'https://query.genai-platform.svc/',
  'https://query.genai-platform.svc.cluster.local/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://10.0.0.1/',
  'https://0/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://127.1/',
  'https://169.254.169.254/latest/meta-data',
  'https://172.31.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://user@10.1.1.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::7f00:1]/',
])('not %s', (url) => {
  expect(isPublicUrl(url)).toBe(false);
});
