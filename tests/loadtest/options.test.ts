import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readOptions, scenarioNames } from '../../loadtest/artillery/options.ts';
import { isPrivateTarget } from '../../loadtest/artillery/private-target.ts';
import { toVariables } from '../../loadtest/artillery/variables.ts';

const url = ['--url', 'http://localhost:8000'];

test('each scenario has its own size', () => {
  expect(readOptions(['reference', ...url])).toMatchObject({
    users: 100,
    tenants: 20,
    report: 'reports/load-reference',
  });
  expect(readOptions(['burst', ...url, '--users', '7', '--idle', '90'])).toMatchObject({ users: 7, idleSeconds: 90 });
});

test.each([
  ['no scenario', url],
  ['another scenario', ['rest', ...url]],
  ['no target', ['burst']],
  ['a target that is no web address', ['burst', '--url', 'file:///etc']],
  ['too many users', ['burst', ...url, '--users', '100000']],
  ['no time', ['burst', ...url, '--duration', '0']],
  ['more than a scenario', ['burst', 'burst', ...url]],
  ['an unknown option', ['burst', ...url, '--fast']],
])('%s is refused', (_name, args) => expect(() => readOptions(args)).toThrow());

test.each(scenarioNames)('every variable that %s names is given', (scenario) => {
  const script = readFileSync(`loadtest/artillery/${scenario}.yml`, 'utf8');
  const named = [...script.matchAll(/\$env\.(\w+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(Object.keys(toVariables(readOptions([scenario, ...url])))).toEqual(expect.arrayContaining(named));
});

test('users come ten a second, but within half of a short run', () => {
  const arrivals = (...args: string[]) =>
    toVariables(readOptions(['reference', ...url, ...args]))['LOAD_ARRIVAL_SECONDS'];
  expect(arrivals()).toBe('10');
  expect(arrivals('--duration', '8')).toBe('4');
});

test('the noisy tenant comes with fifty users beside one of each other', () =>
  expect(toVariables(readOptions(['noisy-neighbour', ...url]))).toMatchObject({ LOAD_USERS: '60' }));

const resolveTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address }));

test.each([
  'http://127.0.0.1',
  'http://10.1.2.3',
  'http://172.31.0.1',
  'http://192.168.1.1',
  'http://[::1]:80',
  'http://[fd00::1]',
])('%s may be loaded', async (target) => expect(await isPrivateTarget(target)).toBe(true));

test.each(['http://8.8.8.8', 'http://172.32.0.1', 'http://169.254.169.254', 'http://[2001:db8::1]'])(
  '%s may not',
  async (target) => expect(await isPrivateTarget(target)).toBe(false),
);

test('a name is judged by all that it stands for', async () => {
  expect(await isPrivateTarget('http://a.test', resolveTo('10.0.0.1', 'fd00::1'))).toBe(true);
  expect(await isPrivateTarget('http://a.test', resolveTo('10.0.0.1', '8.8.8.8'))).toBe(false);
  expect(await isPrivateTarget('http://a.test', resolveTo())).toBe(false);
});
