import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routesByFunction } from '#functions/openapi.ts';
import { startCanaryWorld, type CanaryWorld } from '#tests/redaction/canary-world.ts';
import { plantEverything } from '#tests/redaction/plant-everything.ts';
import { allRoutes, nameOf } from '#tests/support/routes.ts';
import { documentedEvents, documentedFields } from './documented-events.ts';
import { findFaults } from './find-faults.ts';

const root = join(import.meta.dirname, '../../..');

let world: CanaryWorld;
beforeAll(async () => {
  world = await startCanaryWorld();
  await plantEverything(world);
}, 150_000);
afterAll(() => world.close());

/** The names of events in the sources. */
function eventsInSources(): string[] {
  const files = ['lib', 'functions'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }),
  );
  const sources = files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
  const named = sources.flatMap((source) => [...source.matchAll(/\bevent: '([a-z_]+)'/g)].map(([, name = '']) => name));
  return [...named, ...[...Object.keys(routesByFunction), 'edge'].map((name) => `${name}_completed`)];
}

test('the documented events are those that the sources write', () => {
  expect([...documentedEvents.keys()].toSorted()).toEqual([...new Set(eventsInSources())].toSorted());
});

test('every field of an event is described, and every described field is one of an event', () => {
  const used = [...documentedEvents.values()].flatMap(({ required, optional }) => [...required, ...optional]);
  const common = ['timestamp', 'level', 'logger', 'event'];
  expect([...new Set([...used, ...common])].toSorted()).toEqual([...documentedFields.keys()].toSorted());
});

test('every route has been called', () => {
  const called = new Set(world.server.events().map(({ method, route }) => `${String(method)} ${String(route)}`));
  expect(allRoutes.map(nameOf).filter((name) => !called.has(name))).toEqual([]);
});

test('every line that a process writes is JSON with the documented fields alone', () => {
  const greeting = world.server
    .output()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
  expect(greeting.filter((line) => line !== '' && !/^(genai-platform|A token|Try|curl|export)/.test(line))).toEqual([]);
  expect(world.server.events().flatMap(findFaults)).toEqual([]);
});

test('an answer is one wide event', () => {
  const answered = world.server
    .events()
    .filter(({ event, outcome, cached }) => event === 'query_completed' && outcome === 'finished' && cached === false);
  expect(answered.length).toBeGreaterThan(0);
  for (const line of answered)
    expect(line).toMatchObject({
      level: 'INFO',
      tenant_id: 'acme',
      user_id: 'user-1',
      duration: expect.any(Number),
      admission_wait: expect.any(Number),
      first_token: expect.any(Number),
      docs_retrieved: 5,
      model: 'chat-good',
      cached: false,
      input_tokens: expect.any(Number),
      output_tokens: expect.any(Number),
      cost_dollars: expect.any(Number),
    });
});

test('a stream that fails after its head is an error', () => {
  const failed = world.server.events().filter(({ status, outcome }) => status === 200 && outcome === 'failed');
  expect(failed.length).toBeGreaterThan(10);
  for (const line of failed) expect(line).toMatchObject({ level: 'ERROR', error_code: expect.any(String) });
});
