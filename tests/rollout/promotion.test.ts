import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const steps = [
  'query-00001=100',
  'query-00001=100 query-00002=0#canary',
  'query-00001=99 query-00002=1#canary',
  'query-00001=95 query-00002=5#canary',
  'query-00001=75 query-00002=25#canary',
  'query-00001=50 query-00002=50#canary',
  'query-00001=0 query-00002=100#canary',
  '@latest=100',
];

test('a good canary gets all traffic, step by step, and leaves nothing but what it replaced', async () => {
  const { services, start, lines, timing } = createWorld();
  const began = timing.now();
  await expect(start()).resolves.toBe('promoted');
  expect(services.shifts).toEqual(steps);
  expect(services.present().annotations).toEqual({
    'rollout.genai-platform/previous': '{"promoted":"query-00002","replaced":"query-00001"}',
  });
  expect(services.present().latestCreated).toBe('query-00002');
  expect(services.present().containers[0]?.image).toBe('genai:2');
  expect(timing.now() - began).toBeGreaterThanOrEqual(5 * 60_000);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^25 % {3}query-00002 {2}requests \d+ {2}errors 0.0 % {2}p95 0.24 s \(stable 0.24 s\) {2}first/,
    ),
  );
});

test('the write that makes the revision holds the traffic where it is', async () => {
  const { services, start } = createWorld();
  await start();
  const making = services.patches.filter(({ containers }) => containers);
  expect(making).toHaveLength(1);
  expect(making[0]?.traffic).toEqual([{ revisionName: 'query-00001', latestRevision: false, percent: 100 }]);
});

test('a configuration is rolled out as an image is', async () => {
  const { services, start } = createWorld();
  const env = [
    { name: 'LLM_MODEL', value: 'new' },
    { name: 'FUNCTION', value: 'query' },
  ];
  await expect(start({ image: undefined, env })).resolves.toBe('promoted');
  const [container] = services.present().containers;
  expect(container).toMatchObject({ image: 'genai:1', env });
});

test('without an image the revision that was applied while traffic was pinned is taken', async () => {
  const { services, start, edit } = createWorld();
  await edit(
    'query',
    () => ({ traffic: [{ revisionName: 'query-00001', percent: 100 }] }),
    new AbortController().signal,
  );
  services.apply('genai:3');
  await expect(start({ image: undefined })).resolves.toBe('promoted');
  expect(services.patches.some(({ containers }) => containers)).toBe(false);
  expect(services.shifts.at(-2)).toBe('query-00001=0 query-00002=100#canary');
});

test('what runs already is not rolled out', async () => {
  const { services, start } = createWorld();
  await expect(start({ image: 'genai:1' })).resolves.toBe('unchanged');
  expect(services.shifts).toEqual([]);
  expect(services.present().annotations).toEqual({});
});

test('a revision that came after the canary gets nothing', async () => {
  const { services, start, pass } = createWorld();
  const report = (line: string) => {
    if (line.startsWith('50 %') && services.present().latestCreated === 'query-00002') services.apply('genai:9');
  };
  await expect(start({}, { report })).resolves.toBe('promoted');
  await pass(1_000);
  expect(services.shifts.at(-1)).toBe('query-00002=100');
});

test('what Knative has not taken in when the canary is promoted gets nothing', async () => {
  const { services, start } = createWorld();
  const report = (line: string) => {
    if (!line.startsWith('100 %') || services.present().containers[0]?.image === 'genai:9') return;
    services.stall();
    services.apply('genai:9');
  };
  await expect(start({}, { report })).resolves.toBe('promoted');
  expect(services.shifts.at(-1)).toBe('query-00002=100');
});

test('a quiet service passes on the requests of the rollout itself', async () => {
  const { start } = createWorld({ load: 0 });
  await expect(start()).resolves.toBe('promoted');
});

test('the addresses that others have given out stay', async () => {
  const { services, start, edit } = createWorld();
  const traffic = [{ revisionName: 'query-00001', percent: 100, tag: 'blue' }];
  await edit('query', () => ({ traffic }), new AbortController().signal);
  await expect(start()).resolves.toBe('promoted');
  expect(services.shifts.slice(1)).toEqual(steps.map((shift) => `${shift} query-00001=0#blue`));
});

test('writes of others in between are kept', async () => {
  const { services, start } = createWorld();
  services.disturb(7);
  await expect(start()).resolves.toBe('promoted');
  expect(services.shifts).toEqual(steps);
});

test('traffic that is split already belongs to somebody', async () => {
  const { start, edit } = createWorld();
  const traffic = [
    { revisionName: 'query-00001', percent: 50 },
    { latestRevision: true, percent: 50 },
  ];
  await edit('query', () => ({ traffic }), new AbortController().signal);
  await expect(start()).rejects.toThrow('No revision of query has 100 % of its traffic');
});
