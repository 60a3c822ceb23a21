import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A simulator of an OpenAI-compatible provider: a real HTTP server that paces its chunks, counts its
 * tokens exactly and fails as it is told to. Used by tests, benchmarks and load tests.
 */

export type Fault =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** Answers nothing at all. */
  | { kind: 'silence' }
  /** Sends the head and comments, but no chunk. */
  | { kind: 'comments' }
  /** Destroys the socket after so many chunks. */
  | { kind: 'cut'; after: number }
  /** Ends cleanly after so many chunks, without a finish reason and without `[DONE]`. */
  | { kind: 'truncate'; after: number }
  /** Stops sending after so many chunks. */
  | { kind: 'stall'; after: number }
  /** Sends a line that is not JSON after so many chunks. */
  | { kind: 'garbage'; after: number }
  /** A 200 whose first event is an error. */
  | { kind: 'error-payload' };

export interface Reply {
  /** Sent as these chunks. */
  chunks: string[];
  /** Milliseconds before the first chunk and between chunks. */
  firstDelay?: number;
  delay?: number;
  usage?: { input: number; output: number } | undefined;
  finishReason?: string;
  fault?: Fault;
}

/** An answer that depends on what was asked. */
export type ToReply = (body: Record<string, unknown>) => Reply;

export interface RecordedCall {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** Settles when the client has closed the connection before the answer was complete. */
  aborted: Promise<number>;
  isComplete: boolean;
  chunksSent: number;
}

export interface Upstream {
  url: string;
  calls: RecordedCall[];
  /** What is answered from now on; a list is used one by one, its last one for good. */
  reply(...replies: (Reply | ToReply)[]): void;
  /** Answers 500 to every call for embeddings while it is on. */
  failEmbeddings(isOn: boolean): void;
  close(): Promise<void>;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || '{}');
}

const toChunk = (model: unknown, delta: object, finishReason: string | null = null) => ({
  id: 'chatcmpl-simulated',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

const toUsage = ({ input, output }: { input: number; output: number }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

async function stream(response: ServerResponse, call: RecordedCall, reply: Reply): Promise<void> {
  const { chunks, firstDelay = 0, delay = 0, usage, finishReason = 'stop', fault } = reply;
  const send = (data: unknown) => response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  if (fault?.kind === 'error-payload') {
    send({ error: { message: 'The simulated model is broken', type: 'server_error', code: 'broken' } });
    response.end();
    return;
  }
  if (fault?.kind === 'comments') {
    while (!response.destroyed) {
      response.write(': still there\n\n');
      await wait(20);
    }
    return;
  }
  await wait(firstDelay);
  send(toChunk(call.body['model'], { role: 'assistant', content: '' }));
  for (const [index, content] of chunks.entries()) {
    if (response.destroyed) return;
    const isFaulty = fault && 'after' in fault && fault.after === index;
    if (isFaulty && fault.kind === 'cut') return void response.destroy();
    if (isFaulty && fault.kind === 'truncate') return void response.end();
    if (isFaulty && fault.kind === 'stall') return;
    if (isFaulty && fault.kind === 'garbage') send('{"this is": not json');
    if (index > 0 && delay > 0) await wait(delay);
    if (response.destroyed) return;
    send(toChunk(call.body['model'], { content }));
    call.chunksSent += 1;
  }
  send(toChunk(call.body['model'], {}, finishReason));
  if (usage) send({ ...toChunk(call.body['model'], {}), choices: [], usage: toUsage(usage) });
  send('[DONE]');
  call.isComplete = true;
  response.end();
}

function complete(response: ServerResponse, call: RecordedCall, { chunks, usage, finishReason = 'stop' }: Reply): void {
  const content = chunks.join('');
  const message = { role: 'assistant', content };
  const body = {
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: call.body['model'],
    choices: [{ index: 0, message, finish_reason: finishReason }],
    ...(usage ? { usage: toUsage(usage) } : {}),
  };
  call.isComplete = true;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Vectors in which texts that share words are near: a hash of each word picks a dimension. */
function embed(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[a-z0-9]+/g) ?? []) {
    let hash = 7;
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    vector[hash % dimensions] = (vector[hash % dimensions] ?? 0) + 1;
  }
  return vector;
}

function answerEmbeddings(response: ServerResponse, call: RecordedCall, dimensions: number): void {
  const inputs = [call.body['input']].flat().map(String);
  const data = inputs.map((text, index) => ({ object: 'embedding', index, embedding: embed(text, dimensions) }));
  call.isComplete = true;
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(
      JSON.stringify({ object: 'list', model: call.body['model'], data, usage: { prompt_tokens: 1, total_tokens: 1 } }),
    );
}

export async function startUpstream({ host = '127.0.0.1', port = 0, dimensions = 64 } = {}): Promise<Upstream> {
  const calls: RecordedCall[] = [];
  let isEmbedderBroken = false;
  let replies: (Reply | ToReply)[] = [{ chunks: ['Hello'], usage: { input: 1, output: 1 } }];

  const server = createServer((request, response) => {
    void (async () => {
      const aborted = Promise.withResolvers<number>();
      const body = await readJson(request);
      const call: RecordedCall = {
        path: request.url ?? '',
        headers: request.headers,
        body,
        aborted: aborted.promise,
        isComplete: false,
        chunksSent: 0,
      };
      calls.push(call);
      response.on('close', () => {
        if (!call.isComplete) aborted.resolve(performance.now());
      });
      if (call.path.endsWith('/embeddings')) {
        if (isEmbedderBroken) return void response.writeHead(500).end('{}');
        return answerEmbeddings(response, call, dimensions);
      }
      const [next = { chunks: [] }] = replies;
      const reply = typeof next === 'function' ? next(body) : next;
      if (replies.length > 1) replies = replies.slice(1);
      const { fault } = reply;
      if (fault?.kind === 'silence') return;
      if (fault?.kind === 'status') {
        const headers = {
          'content-type': 'application/json',
          ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
        };
        response
          .writeHead(fault.status, headers)
          .end(JSON.stringify({ error: { message: 'Simulated', type: 'simulated' } }));
        return;
      }
      if (body['stream'] === true) await stream(response, call, reply);
      else complete(response, call, reply);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));

  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/v1`,
    calls,
    reply: (...next) => {
      replies = next;
    },
    failEmbeddings: (isOn) => {
      isEmbedderBroken = isOn;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
