import * as v from 'valibot';
import { readLines } from '#lib/core/read-lines.ts';
import { fromCostEvent, type LoggedEntry } from '../cost-event.ts';

const maxLineBytes = 256 * 1024;
const JsonLine = v.pipe(v.string(), v.parseJson());

/** The entries that a log tells of, one JSON object a line; other lines are passed over. */
export async function* readCostEvents(source: AsyncIterable<Uint8Array>): AsyncGenerator<LoggedEntry> {
  for await (const line of readLines(source, maxLineBytes)) {
    // Most lines are of other events, and parsing is what takes time.
    if (!line?.includes('"cost_event"')) continue;
    const parsed = v.safeParse(JsonLine, line);
    const logged = parsed.success ? fromCostEvent(parsed.output) : undefined;
    if (logged) yield logged;
  }
}
