import { createParts, toParts, type Parts } from '#lib/core/parts.ts';
import type { UsageMeter } from '#lib/usage/usage-meter.ts';
import type { ChatEvent } from './chat-event.ts';
import { toCostComment } from './wire.ts';

/** Only where a chunk says so itself: inside of a JSON text a quotation mark is escaped. */
const modelField = /"model"\s*:\s*"(?:[^"\\]|\\.)*"/;

/** Names the model as clients know it. Each chunk of a stream says the same, so one search tells how. */
function createRename(): (event: ChatEvent) => string {
  let from: string | undefined;
  let to = '';
  return ({ data, model }) => {
    if (from === undefined || !data.includes(from)) {
      from = modelField.exec(data)?.[0];
      to = `"model":${JSON.stringify(model)}`;
    }
    return from === undefined || from === to ? data : data.replace(from, () => to);
  };
}

const isUsageAlone = ({ chunk: { choices, usage } }: ChatEvent): boolean => Boolean(usage) && !choices?.length;

interface StreamOptions {
  includesUsage: boolean;
  /** What the request spends: told at the end, as a comment. */
  usage: UsageMeter;
}

/** The events of a chat completion as they are sent: as the provider has written them, wherever possible. */
export function streamCompletion(
  events: AsyncIterable<readonly ChatEvent[]>,
  { includesUsage, usage }: StreamOptions,
): Parts<string> {
  const parts = toParts(events);
  const rename = createRename();
  let cached: ChatEvent['cached'];
  let hasEnded = false;

  function toText(some: readonly ChatEvent[]): string {
    let text = '';
    for (const event of some) {
      ({ cached } = event);
      if (!includesUsage && isUsageAlone(event)) continue;
      const data = rename(event);
      // In JSON a line break stands between values only.
      text += `data: ${data.includes('\n') ? data.replaceAll('\n', ' ') : data}\n\n`;
    }
    return text;
  }

  function poll(): IteratorResult<string> | undefined {
    while (!hasEnded) {
      const result = parts.poll();
      if (!result) return undefined;
      hasEnded = result.done === true;
      const text = result.done ? toCostComment(usage, cached) : toText(result.value);
      if (text !== '') return { done: false, value: text };
    }
    return { done: true, value: undefined };
  }

  return createParts({
    poll,
    arrival: () => (hasEnded ? Promise.resolve() : parts.arrival()),
    leave: () => parts.return(undefined),
  });
}
