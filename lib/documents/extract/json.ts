import { createTextBuilder, requireLength, unprocessable, type Extracted } from './extracted.ts';
import { linesOf } from './lines.ts';

const maxDepth = 64;

function* toLines(value: unknown, path: string, depth: number): Generator<string> {
  if (depth > maxDepth) throw unprocessable(`The JSON is nested deeper than ${maxDepth}`);
  if (value === null || value === undefined || value === '') return;
  if (typeof value !== 'object') {
    yield path === '' ? String(value) : `${path}: ${String(value)}`;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* toLines(item, path, depth + 1);
  } else {
    for (const [name, inner] of Object.entries(value))
      yield* toLines(inner, path === '' ? name : `${path}.${name}`, depth + 1);
  }
}

/** A number that JavaScript would round stays as it is written: it may be a name. */
const keepDigits = (_: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && (Math.abs(value) > Number.MAX_SAFE_INTEGER || !Number.isFinite(value))
    ? context?.source
    : value;

function parse(text: string): unknown {
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    throw unprocessable('The file is not JSON', error);
  }
}

/** A long name above many values is written many times: the length is bounded while it grows. */
function toRecordText(record: unknown): string {
  const lines: string[] = [];
  let length = 0;
  for (const line of toLines(record, '', 0)) {
    length += line.length + 1;
    requireLength(length);
    lines.push(line);
  }
  return lines.join('\n');
}

/** Each record as a block of `path: value` lines. A list at the top is a list of records. */
function toText(records: Iterable<unknown>): Extracted {
  const builder = createTextBuilder();
  for (const record of records) builder.add(toRecordText(record));
  return builder.build();
}

export function extractJson(text: string): Extracted {
  const value = parse(text);
  return toText(Array.isArray(value) ? value : [value]);
}

export function extractNdjson(text: string): Extracted {
  const lines = [...linesOf(text)].filter((line) => line.text.trim() !== '');
  return toText(lines.map((line) => parse(line.text)));
}
