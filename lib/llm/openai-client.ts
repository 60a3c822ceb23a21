import * as v from 'valibot';
import { ChatChunkSchema, UsageSchema, type ChatChunk } from './chat-chunk.ts';
import { createParts, type Parts } from '#lib/core/parts.ts';
import { createEventStreamReader } from './event-stream.ts';
import type { ModelTarget } from './model-router.ts';
import { ProviderError } from './provider-error.ts';
import type { ProviderBody } from './provider-response.ts';
import { readText, type ProviderTransport } from './provider-transport.ts';

/** Any OpenAI-compatible provider. Throws `ProviderError`, what the network throws, or the signal's reason. */
export interface OpenAIClient {
  /** The events of a chat completion, its usage among them, up to its end, as they are read. Leaving it closes the call. */
  streamChat(target: ModelTarget, body: Record<string, unknown>, signal: AbortSignal): AsyncIterable<ChatChunk[]>;
  createEmbeddings(target: ModelTarget, body: Record<string, unknown>, signal: AbortSignal): Promise<EmbeddingsBody>;
}

const EmbeddingsSchema = v.looseObject({
  data: v.pipe(v.array(v.looseObject({ embedding: v.unknown() })), v.maxLength(2_048)),
  usage: v.nullish(UsageSchema),
  error: v.optional(v.unknown()),
});
export type EmbeddingsBody = v.InferOutput<typeof EmbeddingsSchema>;

const ErrorPayloadSchema = v.looseObject({ error: v.unknown() });
const Status = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform(Number),
  v.integer(),
  v.minValue(400),
  v.maxValue(599),
);
const ErrorSchema = v.object({ code: Status });

/** 2,048 vectors of 3,072 numbers, as text. */
const maxEmbeddingsBytes = 128 * 1024 * 1024;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProviderError('The provider sent no JSON', { cause });
  }
}

/** Some providers tell of a failure, and of its status, in the place of an answer. */
function refuseError({ error }: { error?: unknown }): void {
  if (error === undefined || error === null) return;
  const parsed = v.safeParse(ErrorSchema, error);
  throw new ProviderError('The provider sent an error', {
    statusCode: parsed.success ? parsed.output.code : undefined,
  });
}

function parse<Schema extends v.GenericSchema<unknown, { error?: unknown }>>(
  schema: Schema,
  text: string,
): v.InferOutput<Schema> {
  const body = parseJson(text);
  const parsed = v.safeParse(schema, body);
  if (parsed.success) {
    refuseError(parsed.output);
    return parsed.output;
  }
  if (v.is(ErrorPayloadSchema, body)) refuseError(body);
  throw new ProviderError(`The provider sent something else: ${v.getDotPath(parsed.issues[0]) ?? ''}`);
}

/** Tells whether every choice of an answer has come to its end. */
function createEndCheck({ n }: Record<string, unknown>): (chunk: ChatChunk['chunk']) => boolean {
  const wanted = typeof n === 'number' ? n : 1;
  const ended = new Set<number>();
  return ({ choices }) => {
    for (const { index, finish_reason: reason } of choices ?? []) {
      if (reason === 'error') throw new ProviderError('The provider broke its answer off');
      if (reason) ended.add(index);
    }
    return ended.size >= wanted;
  };
}

/** Chunks that are read together are passed on together: a process that has much to do has more of them with each step. */
function readChunks(
  model: string,
  call: () => Promise<ProviderBody>,
  isAtEnd: (chunk: ChatChunk['chunk']) => boolean,
): Parts<ChatChunk[]> {
  const reader = createEventStreamReader();
  let body: ProviderBody | undefined;
  let failure: { error: unknown } | undefined;
  let hasEnded = false;
  let isDone = false;
  let isClosed = false;

  async function open(): Promise<void> {
    try {
      body = await call();
      if (isClosed) body.destroy();
    } catch (error) {
      failure = { error };
    }
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    if (isDone) body?.drain();
    else body?.destroy();
  }

  /** What came whole before a failure, which is told of afterwards. */
  function toChunks(bytes: Buffer): ChatChunk[] {
    const chunks: ChatChunk[] = [];
    try {
      for (const data of reader.push(bytes)) {
        isDone = data === '[DONE]';
        if (isDone) break;
        const chunk = parse(ChatChunkSchema, data);
        hasEnded = isAtEnd(chunk);
        // Whoever passes it on writes it as one line.
        chunks.push({ data: data.includes('\n') ? JSON.stringify(chunk) : data, chunk, model });
      }
    } catch (error) {
      failure = { error };
    }
    return chunks;
  }

  function checkEnd(): void {
    reader.end();
    if (!hasEnded) throw new ProviderError('The stream was cut off');
  }

  function read(): IteratorResult<ChatChunk[], undefined> | undefined {
    while (!failure && !isDone) {
      const result = body?.bytes.poll();
      if (!result) return undefined;
      if (result.done) {
        checkEnd();
        break;
      }
      const chunks = toChunks(result.value);
      if (chunks.length > 0) return { done: false, value: chunks };
    }
    if (failure) throw failure.error;
    return { done: true, value: undefined };
  }

  return createParts({
    poll() {
      try {
        const result = read();
        if (result?.done) close();
        return result;
      } catch (error) {
        close();
        throw error;
      }
    },
    arrival() {
      if (!body) return open();
      return failure || isDone ? Promise.resolve() : body.bytes.arrival();
    },
    leave: close,
  });
}

export function createOpenAIClient({ post }: Pick<ProviderTransport, 'post'>): OpenAIClient {
  return {
    streamChat(target, body, signal) {
      const options = v.is(v.looseObject({}), body['stream_options']) ? body['stream_options'] : {};
      const request = {
        ...body,
        model: target.model.upstreamModel,
        stream: true,
        stream_options: { ...options, include_usage: true },
      };
      return readChunks(target.model.id, () => post(target, 'chat/completions', request, signal), createEndCheck(body));
    },
    async createEmbeddings(target, body, signal) {
      const request = { ...body, model: target.model.upstreamModel };
      const response = await post(target, 'embeddings', request, signal);
      return parse(EmbeddingsSchema, await readText(response, maxEmbeddingsBytes));
    },
  };
}
