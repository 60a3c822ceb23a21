import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const back = 'query-00001=100';

test.each([
  ['slow answers', { seconds: 4 }, /p95 4\.8\d s, at most 2\.50 s allowed/],
  ['a slow first token', { firstTokenSeconds: 4 }, /first token p95 4\.8\d s, at most 2\.50 s allowed/],
  ['errors', { failsOneIn: 10 }, /errors \d+\.\d %, at most 1.0 % allowed/],
  ['cost', { dollars: 0.002 }, /cost 0\.0019\d\d \$ a request, at most 0\.001500 \$ allowed/],
])('%s of the canary give the traffic back', async (_name, behaviour, reason) => {
  const { services, start, lines } = createWorld({ behaviours: { 'genai:2': behaviour } });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe(back);
  expect(services.present().annotations).toEqual({ 'rollout.genai-platform/rejected': '["query-00002"]' });
  const text = lines.join('\n');
  expect(text).toMatch(reason);
  // Both revisions' figures stand beneath the reason.
  expect(text).toMatch(/\n {2}query-00002 {2}requests .+\n {2}query-00001 {2}requests /);
});

test('a clear breach does not wait for the end of its step', async () => {
  const { services, start, timing } = createWorld({ load: 200, behaviours: { 'genai:2': { failsOneIn: 2 } } });
  const began = timing.now();
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts).toHaveLength(4);
  expect(timing.now() - began).toBeLessThan(60_000);
});

test('what is bad with the stable revision as well is not the canary’s fault', async () => {
  const bad = { seconds: 4, firstTokenSeconds: 6, dollars: 0.1 };
  const { start } = createWorld({ behaviours: { 'genai:1': bad, 'genai:2': bad } });
  await expect(start()).resolves.toBe('promoted');
});

test('a canary that answers nothing at all is noticed by the requests of the rollout', async () => {
  const { services, start, lines } = createWorld({ load: 0, isProbed: () => false });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe(back);
  expect(lines.join('\n')).toContain('5 of 5 smoke requests failed');
});

test('a canary that breaks down amid good figures is noticed by them as well', async () => {
  let isProbed = true;
  const { services, start, lines } = createWorld({ load: 200, isProbed: () => isProbed });
  const report = (line: string) => {
    if (line.startsWith('25 %')) isProbed = false;
  };
  await expect(start({}, { report })).resolves.toBe('returned');
  expect(services.shifts.at(-2)).toBe('query-00001=75 query-00002=25#canary');
  expect(lines.join('\n')).toMatch(/2 of \d+ smoke requests failed/);
});

test('too few requests within the time give the traffic back', async () => {
  const { services, start, lines } = createWorld({ load: 0, measure: async () => new Map() });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe(back);
  expect(lines.join('\n')).toContain('0 of 20 requests came within 900 s');
});

test('a Prometheus that is away for a while is waited for', async () => {
  let calls = 0;
  const totals = (requests: number) => ({
    requests,
    errors: 0,
    duration: new Map(),
    firstToken: new Map(),
    cost: undefined,
    restarts: 0,
  });
  const measure = async () => {
    calls += 1;
    if (calls < 8) throw new Error('connect ECONNREFUSED');
    return new Map([['query-00002', totals(calls * 100)]]);
  };
  await expect(createWorld({ measure }).start()).resolves.toBe('promoted');
});

test('a Prometheus that stays away gives the traffic back', async () => {
  const measure = () => Promise.reject(new Error('connect ECONNREFUSED'));
  const { services, start, lines, timing } = createWorld({ measure });
  const began = timing.now();
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe(back);
  expect(lines.join('\n')).toContain('no figures: connect ECONNREFUSED');
  expect(timing.now() - began).toBeLessThan(2 * 60_000);
});

test('a revision that does not become ready gets nothing, and the reasons are told', async () => {
  const { services, start, lines } = createWorld({ broken: ['genai:2'] });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts).toEqual([back, back]);
  // It may become ready later, and was never tried.
  expect(services.present().annotations).toEqual({ 'rollout.genai-platform/rejected': '["query-00002"]' });
  const text = lines.join('\n');
  expect(text).toContain('Ready: ContainerMissing Unable to fetch image');
  expect(text).toContain('container user-container: ImagePullBackOff');
});

test('a canary that fails its smoke test gets nothing', async () => {
  const { services, start, lines } = createWorld({ smokeProblem: 'GET /readyz: 503' });
  await expect(start()).resolves.toBe('returned');
  expect(services.shifts).toEqual([back, 'query-00001=100 query-00002=0#canary', back]);
  expect(lines.join('\n')).toContain('GET /readyz: 503');
});

test('a route that does not take the new traffic in gives it back', async () => {
  let isRouting = true;
  const { services, start, lines } = createWorld({ isRouting: () => isRouting });
  const report = (line: string) => {
    if (line.startsWith('5 %')) isRouting = false;
  };
  await expect(start({}, { report })).resolves.toBe('returned');
  expect(services.shifts.at(-1)).toBe(back);
  expect(lines.join('\n')).toContain('the new traffic did not reach the ingress');
});
