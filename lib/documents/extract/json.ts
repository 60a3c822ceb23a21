import { createTextBuilder, unprocessable, type Extracted } from './extracted.ts';
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unprocessable('The file is not JSON', error);
  }
}

/** Each record as a block of `path: value` lines. A list at the top is a list of records. */
function toText(records: Iterable<unknown>): Extracted {
  const builder = createTextBuilder();
  for (const record of records) builder.add([...toLines(record, '', 0)].join('\n'));
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
