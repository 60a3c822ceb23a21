import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCanaries } from './canary.ts';
import type { CanaryWorld, Exchange, Sinks } from './canary-world.ts';
import { plantEverything } from './plant-everything.ts';

interface SuiteOptions {
  start: () => Promise<CanaryWorld>;
  /** Further requests, to what has been broken. */
  plantMore?: (world: CanaryWorld) => Promise<void>;
  /** Statuses that some request has come to. */
  statuses: number[];
}

/** The whole answer, or, of one that began well, what it tells of a failure. */
const failureIn = ({ status, text }: Exchange): string =>
  status >= 400 ? text : [...text.matchAll(/"error(?:Text)?":(?:"(?:[^"\\]|\\.)*"|\{[^}]*\})/g)].join('\n');

/** Whatever is planted in the platform's inputs is in no place where an operator, or another client, looks. */
export function testCanaries({ start, plantMore, statuses }: SuiteOptions): void {
  let world: CanaryWorld;
  let kept: ReadonlySet<string>;
  let sinks: Sinks;

  beforeAll(async () => {
    world = await start();
    ({ kept } = await plantEverything(world));
    await plantMore?.(world);
    sinks = await world.finish();
  }, 120_000);
  afterAll(() => world.close());

  const findAll = (text: string) => findCanaries({ ...world.secrets, ...world.planted }, text);

  test('the requests have come to answers and to failures of every kind', () => {
    const seen = new Set(world.exchanges.map(({ status }) => status));
    expect(statuses.filter((status) => !seen.has(status))).toEqual([]);
    expect(Object.keys(world.planted).length).toBeGreaterThan(120);
  });

  test('nothing of them is in what the process has written', () => {
    expect(sinks.output).toContain('shutdown_completed');
    expect(findAll(sinks.output)).toEqual([]);
  });

  test('nothing of them is in the metrics', () => {
    expect(sinks.metrics).toContain('genai_queries_total');
    expect(findAll(sinks.metrics)).toEqual([]);
  });

  test('nothing of them is in exported traces and metrics', () => {
    expect(sinks.exported).toContain('gen_ai.');
    expect(sinks.exported).toContain(world.traceId);
    expect(findAll(sinks.exported)).toEqual([]);
  });

  test('nothing of them is in the audit trail', () => {
    const trails = world.exchanges.filter(({ target, status }) => target.startsWith('GET /v1/audit') && status === 200);
    expect(trails.map(({ text }) => text).join('\n')).toContain('document.query');
    expect(trails.flatMap(({ text }) => findAll(text))).toEqual([]);
  });

  test('no answer tells of the platform’s own secrets', () => {
    for (const { target, status, text } of world.exchanges)
      expect(findCanaries(world.secrets, text), `${target} ${status}`).toEqual([]);
  });

  test('no failure repeats what was sent', () => {
    for (const exchange of world.exchanges)
      expect(findCanaries(world.planted, failureIn(exchange)), `${exchange.target} ${exchange.status}`).toEqual([]);
  });

  test('no credential, prompt or idempotency key is in a file as it was given', () => {
    const planted = Object.entries(world.planted).filter(([name]) => !kept.has(name));
    const canaries = { ...world.secrets, ...Object.fromEntries(planted) };
    for (const file of readdirSync(world.directory, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect(findCanaries(canaries, readFileSync(join(file.parentPath, file.name), 'latin1')), file.name).toEqual([]);
  });
}
