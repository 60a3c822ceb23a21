import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import * as v from 'valibot';
import { BillRowSchema, type BillRow } from './bill.ts';

const maxJsonBytes = 64 * 1024 * 1024;
const maxRecordBytes = 64 * 1024;
const JsonBill = v.pipe(v.string(), v.parseJson(), v.array(v.unknown()));

function toRow(value: unknown, number: number): BillRow {
  const result = v.safeParse(BillRowSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`Row ${number} of the bill can't be read: ${v.getDotPath(issue) ?? 'it'} is not as expected`);
}

async function* readJson(file: string): AsyncGenerator {
  const { size } = await stat(file);
  if (size > maxJsonBytes) throw new Error('The bill is too large: as CSV it may have any size');
  const result = v.safeParse(JsonBill, await readFile(file, 'utf8'));
  if (!result.success) throw new Error('The bill is no JSON array');
  yield* result.output;
}

async function* readCsv(file: string): AsyncGenerator {
  const parser = parse({ bom: true, columns: true, skip_empty_lines: true, max_record_size: maxRecordBytes });
  const source = createReadStream(file).on('error', (error) => parser.destroy(error));
  try {
    yield* source.pipe(parser);
  } finally {
    source.destroy();
  }
}

/** The rows of a provider's bill: a JSON array of objects, or CSV with a header line. */
export async function* readBill(file: string): AsyncGenerator<BillRow> {
  let number = 0;
  for await (const value of file.endsWith('.json') ? readJson(file) : readCsv(file)) {
    number += 1;
    yield toRow(value, number);
  }
}
