import * as v from 'valibot';
import { readLines } from '#lib/core/read-lines.ts';

/** Longer than any line that an export has. */
const maxLineBytes = 64 * 1024;
const JsonLine = v.pipe(v.string(), v.parseJson());

/** The lines of an export as values; `undefined` for what is too long, or no JSON. */
export async function* readExport(source: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  for await (const line of readLines(source, maxLineBytes)) {
    const parsed = v.safeParse(JsonLine, line);
    yield parsed.success ? parsed.output : undefined;
  }
}
