import * as v from 'valibot';
import type { StateRecord } from '../store.ts';

const Texts = v.array(v.string());
const Fields = v.array(v.nullable(v.string()));
const Count = v.pipe(v.number(), v.integer());

export const parseTexts = (reply: unknown): string[] => v.parse(Texts, reply);
export const parseCount = (reply: unknown): number => v.parse(Count, reply);

/** A reply of values and versions in turn, nulls where a record is gone. */
export function parseRecords(reply: unknown): (StateRecord | undefined)[] {
  const fields = v.parse(Fields, reply);
  return Array.from({ length: fields.length / 2 }, (_, index) => {
    const [value, version] = fields.slice(2 * index, 2 * index + 2);
    return typeof value === 'string' && typeof version === 'string' ? { value, version: Number(version) } : undefined;
  });
}
