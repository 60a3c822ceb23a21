import { parse } from 'csv-parse/sync';
import { createTextBuilder, unprocessable, type Extracted } from './extracted.ts';

const delimiters = [',', ';', '\t', '|'];

/** The delimiter that the first line holds most of. */
function detectDelimiter(text: string): string {
  const line = text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Each row as a block of `column: value` lines, so that a row found alone still says what it means. */
export function extractCsv(text: string): Extracted {
  const [header = [], ...rows] = parseRows(text);
  const builder = createTextBuilder();
  for (const row of rows) {
    const lines = row.flatMap((value, column) =>
      value.trim() === '' ? [] : [`${header[column]?.trim() || `column ${column + 1}`}: ${value.trim()}`],
    );
    builder.add(lines.join('\n'));
  }
  // A row alone is all that there is, whatever it was meant to be.
  if (rows.length === 0) builder.add(header.join(', '));
  return builder.build();
}

function parseRows(text: string): string[][] {
  try {
    return parse(text, {
      delimiter: detectDelimiter(text),
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 1_000_000,
    });
  } catch (error) {
    throw unprocessable('The file is not readable CSV', error);
  }
}
