import { expect, test } from 'vitest';
import { createEventTail } from '#lib/edge/event-tail.ts';

const events = 'data: {"delta":"Zürich – 42 m² 🏔"}\r\n\r\n: heartbeat\n\nid: 1\rdata: request timeout\r\rdata: x\n\n';
const mark = 'request timeout';

interface Passed {
  passed: string;
  isCutOff: boolean;
}

function run(parts: readonly Buffer[]): Passed {
  const tail = createEventTail();
  const passed = parts.map((part) => tail.push(part));
  const { rest, isCutOff } = tail.end();
  return { passed: Buffer.concat([...passed, rest]).toString(), isCutOff };
}

const splits = (text: string): Buffer[][] => {
  const bytes = Buffer.from(text);
  return Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
};

const bytewise = (text: string): Buffer[] => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

test.each([
  ['complete lines', events],
  ['a line that never ended', `${events}data: {"del`],
  ['the words of the mark within a line', `${events}data: request timeout in the text`],
  ['the mark as a line of its own', `${events}request timeout\n`],
  ['a part of the mark', `${events}request timeou`],
])('%s pass byte by byte as they came, wherever they were split', (_, text) => {
  for (const parts of [...splits(text), bytewise(text)]) expect(run(parts)).toEqual({ passed: text, isCutOff: false });
});

test.each([
  ['after a complete event', ''],
  ['in the middle of a line', 'data: {"delta":"ha'],
])("the mesh's mark %s is taken out with the line it broke, wherever it was split", (_, begun) => {
  for (const parts of [...splits(events + begun + mark), bytewise(events + begun + mark)])
    expect(run(parts)).toEqual({ passed: events, isCutOff: true });
});

test('after the terminal event the mark says nothing', () => {
  for (const parts of [...splits(`${events}data: [DONE]\n\n${mark}`), bytewise(`${events}data: [DONE]\n\n${mark}`)])
    expect(run(parts)).toEqual({ passed: `${events}data: [DONE]\n\n`, isCutOff: false });
});

test('complete lines wait for nothing', () => {
  const tail = createEventTail();
  expect(tail.push(Buffer.from('data: 1\n\nda')).toString()).toBe('data: 1\n\n');
  expect(tail.push(Buffer.from('ta: 2')).toString()).toBe('');
  expect(tail.push(Buffer.from('\n\n')).toString()).toBe('data: 2\n\n');
});

test('of an endless line at most 64 KiB are held back', () => {
  const tail = createEventTail();
  const part = Buffer.alloc(16 * 1024, 'x');
  let received = 0;
  let passed = 0;
  for (let index = 0; index < 64; index += 1) {
    received += part.length;
    passed += tail.push(part).length;
    expect(received - passed).toBeLessThanOrEqual(64 * 1024);
  }
  expect(tail.push(Buffer.from('\ndata')).toString()).toBe('\n');
  expect(tail.end().rest.toString()).toBe('data');
});
