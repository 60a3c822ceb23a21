import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toEventHash } from '#lib/audit/chain.ts';
import type { ChainChecks } from '#lib/audit/chain-check.ts';
import { createCheckpointSigner } from '#lib/audit/checkpoint.ts';
import { toPruneTarget } from '#lib/audit/prune-target.ts';
import { verifyChain } from '#lib/audit/verify-chain.ts';
import {
  createSampleLines,
  endSample,
  isEvent,
  ofExport,
  ofStore,
  sampleChain,
  signCheckpoint,
  toSampleEvent,
  type Line,
} from './sample-chain.ts';

async function* each(lines: readonly unknown[]): AsyncGenerator<unknown> {
  yield* lines;
}

const verify = (lines: readonly unknown[], checks: ChainChecks = ofExport) => verifyChain(each(lines), checks);
const sample = await endSample(await createSampleLines(40, 8));
const indexOfEvent = (sequence: number) => sample.findIndex((line) => isEvent(line) && line.sequence === sequence);
const without = (lines: readonly Line[], index: number) => lines.toSpliced(index, 1);

/** How many events stand before the line. */
const reachedAt = (index: number) => sample.slice(0, index).filter(isEvent).length;

test('a chain that nobody has touched is valid, and signed to its end', async () => {
  expect(await verify(sample)).toEqual({
    events: 40,
    checkpoints: 5,
    unknownCheckpoints: 0,
    anchored: 40,
    firstBreak: undefined,
  });
  expect(await verify(await endSample([]))).toMatchObject({ events: 0, anchored: 0, firstBreak: undefined });
  expect(await verify(await createSampleLines(20, 8), ofStore)).toMatchObject({ anchored: 16, firstBreak: undefined });
  expect(await verify([], ofStore)).toMatchObject({ events: 0, firstBreak: undefined });
});

test('a chain that stands in the place of another one is not it', async () => {
  const lines = await createSampleLines(20, 8);
  expect(await verify(lines, { ...ofStore, chain: sampleChain })).toMatchObject({ firstBreak: undefined });
  expect(await verify(lines, { ...ofStore, chain: 'beta.account-first' })).toMatchObject({
    firstBreak: { sequence: 1 },
  });
  expect(await verify(lines, { ...ofStore, chain: 'acme.account-second' })).toMatchObject({
    firstBreak: { sequence: 8, reason: 'it is signed for another chain' },
  });
});

const anyLine = fc.nat({ max: sample.length - 1 });
const anyBeforeEnd = fc.nat({ max: sample.length - 2 });
const anyEvent = fc.integer({ min: 1, max: 40 });
const field = fc.constantFrom('tenant_id', 'user_id', 'action', 'target', 'outcome', 'ip', 'request_id', 'timestamp');

test('whatever is changed in an event is found at this event', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvent, field, fc.string({ maxLength: 30 }), async (sequence, name, value) => {
      const index = indexOfEvent(sequence);
      const event = sample[index];
      fc.pre(isEvent(event) && Object.entries(event).every(([key, old]) => key !== name || old !== value));
      const changed = sample.with(index, { ...event, [name]: value } as Line);
      expect((await verify(changed)).firstBreak).toMatchObject({ line: index + 1, sequence });
    }),
  );
});

test('an event that was changed and hashed anew is found where the next one follows it', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvent, async (sequence) => {
      const index = indexOfEvent(sequence);
      const event = sample[index];
      if (!isEvent(event)) return expect.fail('It is an event');
      const changed = { ...event, user_id: 'mallory' };
      const { firstBreak } = await verify(sample.with(index, { ...changed, hash: toEventHash(changed) }));
      const isSignedHere = sequence % 8 === 0;
      expect(firstBreak).toMatchObject({ line: index + 2, sequence: isSignedHere ? sequence : sequence + 1 });
    }),
  );
});

test('a line that is missing, there twice or changed places is found where it belongs', async () => {
  await fc.assert(
    fc.asyncProperty(anyLine, async (index) => {
      const line = sample[index];
      const isCheckpoint = !isEvent(line) && index < sample.length - 1;
      if (!isCheckpoint) {
        const missing = (await verify(without(sample, index))).firstBreak;
        expect(missing, 'missing').toMatchObject({ line: index === 0 ? 1 : index + 1 });
        expect(missing?.sequence, 'missing').toBe(reachedAt(index) + 1);
      }
      const twice = (await verify(sample.toSpliced(index, 0, ...sample.slice(index, index + 1)))).firstBreak;
      expect(twice, 'twice').toMatchObject({ line: index + 2 });
    }),
  );
});

test('two lines that have changed places are found at the first of the two', async () => {
  await fc.assert(
    fc.asyncProperty(anyBeforeEnd, anyBeforeEnd, async (one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const [a, b] = [sample[first], sample[second]];
      fc.pre(first !== second && a !== undefined && b !== undefined);
      const { firstBreak } = await verify(sample.with(first, b).with(second, a));
      // The event behind a checkpoint may stand before it, and a chain may begin late: then the other of the two is wrong.
      const isSecondAlone = first === 0 || second === first + 1;
      expect([first + 1, ...(isSecondAlone ? [first + 2] : [])]).toContain(firstBreak?.line);
    }),
  );
});

test('an event that was put in is found where it stands', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvent, async (sequence) => {
      const index = indexOfEvent(sequence);
      const before = sample.slice(0, index).findLast(isEvent) ?? { sequence: 0, hash: '0'.repeat(64) };
      const forged = toSampleEvent(before, { user_id: 'mallory' });
      const { firstBreak } = await verify(sample.toSpliced(index, 0, forged));
      expect(firstBreak?.line).toBe(index + 2);
    }),
  );
});

test('wherever the tail is cut off, it is missed', async () => {
  await fc.assert(
    fc.asyncProperty(anyLine, async (index) => {
      const { firstBreak } = await verify(sample.slice(0, index));
      expect(firstBreak).toMatchObject({ sequence: reachedAt(index) + 1, line: index + 1 });
    }),
  );
});

test('of a store, what is missing before a checkpoint is missed', async () => {
  const stored = sample.slice(0, -1);
  const cut = stored.filter((line) => !isEvent(line) || line.sequence <= 37);
  expect((await verify(cut, ofStore)).firstBreak).toMatchObject({ sequence: 38 });
  expect((await verify(stored.slice(0, -2), ofStore)).firstBreak).toBeUndefined();
});

test('a chain begins at its first event, or where one of its events says that the earlier were dropped', async () => {
  const whole = await createSampleLines(20, 8);
  const late = whole.slice(11);
  const dropped = async (target: string) => {
    const last = whole.findLast(isEvent) ?? expect.fail('There are events');
    const prune = toSampleEvent(last, { action: 'audit.prune', target });
    return verify(await endSample([...late, prune]));
  };
  const [begin] = late;
  expect(isEvent(begin) && begin.sequence).toBe(11);
  expect((await verify(await endSample(late))).firstBreak).toMatchObject({ line: 1, sequence: 1 });
  expect((await dropped(toPruneTarget(1, 10))).firstBreak).toBeUndefined();
  expect((await dropped(toPruneTarget(1, 9))).firstBreak).toMatchObject({ line: 1, sequence: 10 });
  expect((await dropped('all')).firstBreak).toMatchObject({ sequence: 1 });
});

test('an export that was asked for from some time on begins at the event that its end names', async () => {
  const late = (await createSampleLines(20, 8)).slice(11);
  expect((await verify(await endSample(late, 11))).firstBreak).toBeUndefined();
  const cut = (await endSample(late, 11)).slice(2);
  expect((await verify(cut)).firstBreak).toMatchObject({ line: 1, sequence: 11 });
});

test('what is signed for another chain, by another key or as something else proves nothing', async () => {
  const lines = await createSampleLines(8, 100);
  const head = lines.findLast(isEvent) ?? expect.fail('There are events');
  const verifyWith = (checkpoint: object) => verify([...lines, { checkpoint }], ofStore);
  expect(await verifyWith(await signCheckpoint(sampleChain, head))).toMatchObject({ checkpoints: 1, anchored: 8 });
  for (const chain of ['beta.account-first', 'acme-corp.account-first', 'ac']) {
    const { firstBreak } = await verifyWith(await signCheckpoint(chain, head));
    expect(firstBreak, chain).toMatchObject({ sequence: 8, line: 9 });
  }
  const signWith = (id: string) =>
    createCheckpointSigner({ secrets: new Map([[id, new Uint8Array(32)]]), privateKey: undefined }, Date.now);
  const forged = await signWith('default')?.(sampleChain, head);
  expect((await verifyWith(forged ?? {})).firstBreak?.reason).toContain('its signature does not fit it');
  const ofOldKey = await signWith('retired')?.(sampleChain, head);
  expect(await verifyWith(ofOldKey ?? {})).toMatchObject({
    checkpoints: 0,
    unknownCheckpoints: 1,
    anchored: 0,
    firstBreak: undefined,
  });
  const [end] = (await endSample(lines)).slice(-1);
  const asCheckpoint = end && 'end' in end ? end.end : {};
  expect((await verifyWith(asCheckpoint)).firstBreak).toMatchObject({ line: 9 });
  const checkpoint = await signCheckpoint(sampleChain, head);
  expect((await verify([...lines, { end: checkpoint }])).firstBreak).toMatchObject({ line: 9 });
  const { signature: _, ...unsigned } = checkpoint;
  expect((await verify([...lines, { end: unsigned }])).firstBreak?.reason).toContain('it is not signed');
});

test('later chains of the same name do not take the place of one another', async () => {
  const lines = await createSampleLines(16, 8);
  const [checkpoint] = lines.slice(8, 9);
  expect(checkpoint && 'checkpoint' in checkpoint).toBe(true);
  const { hash, sequence } = lines.findLast(isEvent) ?? expect.fail('There are events');
  const other = await signCheckpoint('acme.account-second', { hash, sequence });
  expect((await verify([...lines.slice(0, -1), { checkpoint: other }], ofStore)).firstBreak).toMatchObject({
    line: 18,
  });
});

test.each([
  [undefined, 'no JSON'],
  [null, 'not the form'],
  ['text', 'not the form'],
  [{ error: { code: 'search_unavailable' } }, 'broken off'],
  [{ checkpoint: {} }, 'not the form'],
  [{ end: 7 }, 'not the form'],
])('a line that is %j is said to be what it is', async (line, reason) => {
  const lines = await createSampleLines(3, 8);
  const { firstBreak } = await verify([...lines, line]);
  expect(firstBreak).toMatchObject({ line: 4, reason: expect.stringContaining(reason) });
});
