import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventStreamReader } from '#lib/llm/event-stream.ts';

test('events are the same, wherever their bytes are cut', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: 1, maxLength: 4 });
  const ends = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(
    fc.property(texts, ends, fc.boolean(), fc.array(fc.nat(200), { maxLength: 20 }), (contents, end, hasMark, cuts) => {
      const events = contents.map((content) => JSON.stringify({ content }));
      const text = events.map((event) => `: ${end}data: ${event}${end}${end}`).join('');
      const bytes = Buffer.from(hasMark ? `\uFEFF${text}` : text);
      const places = [...new Set(cuts)].filter((cut) => cut < bytes.length).toSorted((a, b) => a - b);
      const reader = new EventStreamReader();
      const read = [0, ...places].flatMap((from, index) => reader.push(bytes.subarray(from, places[index])));
      // A carriage return alone may be the half of an end: it counts when something follows.
      expect([...read, ...reader.push(Buffer.from('\n'))]).toEqual(events);
    }),
  );
});

test('events are the same byte by byte', () => {
  const bytes = Buffer.from('\uFEFFdata: "世界 😀"\r\n\r\ndata: 1\ndata: 2\n\n');
  const reader = new EventStreamReader();
  const read = [...bytes].flatMap((byte) => reader.push(Buffer.of(byte)));
  expect(read).toEqual(['"世界 😀"', '1\n2']);
});

test('a mark of a byte order within an answer is a character', () => {
  const reader = new EventStreamReader();
  const pieces = ['data: "a', '\uFEFF', 'b"\n\n'];
  expect(pieces.flatMap((piece) => reader.push(Buffer.from(piece)))).toEqual(['"a\uFEFFb"']);
});

test('half a character is no text, even where nothing follows at first', () => {
  const reader = new EventStreamReader();
  const [lead = 0] = Buffer.from('é');
  for (const bytes of [Buffer.from('data: "'), Buffer.of(lead), Buffer.of()]) expect(reader.push(bytes)).toEqual([]);
  expect(() => reader.push(Buffer.from('"\n\n'))).toThrow('not one of events');
});

test('what was said before a failure is heard', () => {
  const reader = new EventStreamReader();
  const bytes = Buffer.from('data: 1\n\nevent: error\ndata: 2\n\ndata: 3\n\n');
  expect(reader.push(bytes)).toEqual(['1']);
  expect(() => reader.end()).toThrow('not one of events');
  expect(() => reader.push(bytes)).toThrow('not one of events');
});

test('what grows beyond an event is given up before it is held', () => {
  const reader = new EventStreamReader();
  const line = Buffer.from(`data: ${'x'.repeat(64 * 1024)}`);
  expect(() => {
    for (let round = 0; round < 20; round += 1) reader.push(round === 0 ? line : line.subarray(6));
  }).toThrow('not one of events');
});
