import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const text = readFileSync(join(import.meta.dirname, '../../../docs/operations/logs.md'), 'utf8');

const codesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The cells of a section's table, row by row. */
function rowsOf(section: string): string[][] {
  const body = text.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = body.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split('|').slice(1, -1));
}

type FieldType = 'text' | 'number' | 'boolean' | 'object' | 'any';
const isFieldType = (value: string): value is FieldType =>
  ['text', 'number', 'boolean', 'object', 'any'].includes(value);

/** Each field's type, as the page tells it. */
export const documentedFields: ReadonlyMap<string, FieldType> = new Map(
  rowsOf('Fields').flatMap(([names = '', type = '']) => {
    const known = type.trim();
    if (!isFieldType(known)) throw new Error(`${known} is no type of a field`);
    return codesIn(names).map((name) => [name, known] as const);
  }),
);

interface EventFields {
  required: string[];
  optional: string[];
}

const ofRequests = codesIn(/^_request_ stands for ([^]*?)\. A level/m.exec(text)?.[1] ?? '');

function toFields(cell: string): EventFields {
  const names = [...(cell.includes('_request_') ? ofRequests : []), ...codesIn(cell)];
  return {
    required: names.filter((name) => !name.endsWith('?')),
    optional: names.filter((name) => name.endsWith('?')).map((name) => name.slice(0, -1)),
  };
}

/** The fields of each event beside those that every line has. */
export const documentedEvents: ReadonlyMap<string, EventFields> = new Map(
  rowsOf('Events').flatMap(([names = '', fields = '']) =>
    codesIn(names).map((name) => [name, toFields(fields)] as const),
  ),
);
