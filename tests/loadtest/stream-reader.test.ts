import { expect, test } from 'vitest';
import { createStreamReader } from '../../loadtest/artillery/stream-reader.ts';

const delta = (text: string) => `data: {"type":"text-delta","id":"1","delta":"${text}"}\n\n`;
const start = 'data: {"type":"start"}\n\n';
const finish = 'data: {"type":"finish"}\n\n';
const error = 'data: {"type":"error","errorText":"broken"}\n\n';
const done = 'data: [DONE]\n\n';

function read(...chunks: string[]) {
  let time = 0;
  const reader = createStreamReader(() => time);
  for (const chunk of chunks) {
    time += 10;
    reader.feed(chunk);
  }
  return reader.end();
}

test('a stream with one terminal event and its mark is whole', () =>
  expect(read(': open\n\n', start, delta('a'), delta('b'), finish, done)).toEqual({
    firstTokenAt: 30,
    text: 'ab',
    isWhole: true,
    isFailed: false,
  }));

test('an error ends a stream wholly, as a failure', () =>
  expect(read(start, error, done)).toMatchObject({ isWhole: true, isFailed: true, firstTokenAt: undefined }));

test.each([
  ['no terminal event', [start, delta('a'), done]],
  ['no mark at the end', [start, delta('a'), finish]],
  ['two terminal events', [finish, error, done]],
  ['an event after the terminal one', [start, finish, delta('a'), done]],
  ['something after the mark', [finish, done, delta('a')]],
  ['another text instead of the end', [start, delta('a'), 'request timeout']],
  ['an event cut off', [start, delta('a'), 'data: {"type":"fini']],
  ['nothing', []],
])('a stream with %s is cut off', (_name, chunks) => expect(read(...chunks).isWhole).toBe(false));

test('an event that comes in pieces is read as one', () => {
  const [head, tail] = [delta('word').slice(0, 25), delta('word').slice(25)];
  expect(read(head, tail, finish, done)).toMatchObject({ text: 'word', firstTokenAt: 20, isWhole: true });
});

test('a line that is no event does not end the reading', () =>
  expect(read('data: {"broken\n\n', delta('a'), finish, done)).toMatchObject({ text: 'a', isWhole: true }));
