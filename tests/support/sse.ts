import { createParser } from 'eventsource-parser';

export interface ReadStream {
  events: Record<string, unknown>[];
  comments: string[];
  /** True when the stream's last line was `[DONE]`. */
  isDone: boolean;
}

/** Reads an event stream to its end. */
export async function readStream(response: Response): Promise<ReadStream> {
  const result: ReadStream = { events: [], comments: [], isDone: false };
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') result.isDone = true;
      else result.events.push(JSON.parse(data));
    },
    onComment: (comment) => void result.comments.push(comment),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  return result;
}

export const typesOf = ({ events }: ReadStream): unknown[] => events.map((event) => event['type']);
export const textOf = ({ events }: ReadStream): string =>
  events.flatMap((event) => (event['type'] === 'text-delta' ? [String(event['delta'])] : [])).join('');
