import { OpenedParts } from '#lib/core/opened-parts.ts';
import { ChatChunkSchema, isPlainChunk, type ChatChunk } from './chat-chunk.ts';
import { EventStreamReader } from './event-stream.ts';
import { ProviderError } from './provider-error.ts';
import { parseProviderJson } from './provider-json.ts';
import type { ProviderBody } from './provider-response.ts';

type Chunks = readonly ChatChunk[];

/**
 * The events of a chat completion. Those that are read together are passed on together: a process that has much to do has
 * more of them with each step.
 */
export class ChunkStream extends OpenedParts<Buffer, ProviderBody, Chunks> {
  readonly #reader = new EventStreamReader();
  readonly #endedChoices = new Set<number>();
  readonly #model: string;
  readonly #choices: number;
  readonly #call: () => Promise<ProviderBody>;
  /** Told when all that came before it has been passed on. */
  #failure: { error: unknown } | undefined;
  #isDone = false;
  #isClosed = false;

  /** Of so many choices, of the model that clients know by this name. The call is made when the first part is waited for. */
  constructor(model: string, choices: number, call: () => Promise<ProviderBody>) {
    super();
    this.#model = model;
    this.#choices = choices;
    this.#call = call;
  }

  override arrival(): Promise<unknown> {
    return this.#failure || this.#isDone ? Promise.resolve() : super.arrival();
  }

  poll(): IteratorResult<Chunks, undefined> | undefined {
    try {
      const result = this.#read();
      if (result?.done) this.leave();
      return result;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  protected async open(): Promise<ProviderBody> {
    const body = await this.#call();
    if (this.#isClosed) await body.return();
    return body;
  }

  protected leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isDone) this.source?.drain();
    else void this.source?.return();
  }

  #read(): IteratorResult<Chunks, undefined> | undefined {
    while (!this.#failure && !this.#isDone) {
      const result = this.pollSource();
      if (!result) return undefined;
      if (result.done) {
        this.#checkEnd();
        break;
      }
      const chunks = this.#toChunks(result.value);
      if (chunks.length > 0) return { done: false, value: chunks };
    }
    if (this.#failure) throw this.#failure.error;
    return { done: true, value: undefined };
  }

  /** What came whole before a failure, which is told of afterwards. */
  #toChunks(bytes: Buffer): ChatChunk[] {
    const chunks: ChatChunk[] = [];
    try {
      for (const data of this.#reader.push(bytes)) {
        this.#isDone = data === '[DONE]';
        if (this.#isDone) break;
        const chunk = parseProviderJson(ChatChunkSchema, data, isPlainChunk);
        this.#noteEnds(chunk);
        // Whoever passes it on writes it as one line.
        chunks.push({ data: data.includes('\n') ? JSON.stringify(chunk) : data, chunk, model: this.#model });
      }
    } catch (error) {
      this.#failure = { error };
    }
    return chunks;
  }

  #noteEnds({ choices }: ChatChunk['chunk']): void {
    if (!choices) return;
    for (const { index, finish_reason: reason } of choices) {
      if (reason === 'error') throw new ProviderError('The provider broke its answer off');
      if (reason) this.#endedChoices.add(index);
    }
  }

  #checkEnd(): void {
    this.#reader.end();
    if (this.#endedChoices.size < this.#choices) throw new ProviderError('The stream was cut off');
  }
}
