import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Billed, RecordedCall } from './upstream-call.ts';
import { completeChat, streamChat } from './upstream-chat.ts';
import { answerEmbeddings } from './upstream-embeddings.ts';
import type { EmbeddingsFault, Fault, Reply, ToReply } from './upstream-reply.ts';

export type { RecordedCall } from './upstream-call.ts';
export type { EmbeddingsFault, Reply, ToReply } from './upstream-reply.ts';

/**
 * A simulator of an OpenAI-compatible provider: a real HTTP server that paces its chunks, counts its
 * tokens exactly and fails as it is told to. Used by tests, benchmarks and load tests.
 */
export interface Upstream {
  url: string;
  calls: RecordedCall[];
  /** What is answered from now on; a list is used one by one, its last one for good. */
  reply(...replies: (Reply | ToReply)[]): void;
  /** What becomes of every call for embeddings from now on; `undefined`: it is answered. */
  failEmbeddings(fault: EmbeddingsFault | undefined): void;
  /** The tokens of all calls so far, by the model that they named. */
  bill(): Record<string, Billed>;
  close(): Promise<void>;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || '{}');
}

function refuse(response: ServerResponse, { status, retryAfter }: Extract<Fault, { kind: 'status' }>): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  };
  response.writeHead(status, headers).end(JSON.stringify({ error: { message: 'Simulated', type: 'simulated' } }));
}

function toBill(calls: readonly RecordedCall[]): Record<string, Billed> {
  const bill: Record<string, Billed> = {};
  for (const { body, billed } of calls) {
    const sum = (bill[String(body['model'])] ??= { input: 0, output: 0 });
    sum.input += billed.input;
    sum.output += billed.output;
  }
  return bill;
}

export async function startUpstream({ host = '127.0.0.1', port = 0, dimensions = 64 } = {}): Promise<Upstream> {
  const calls: RecordedCall[] = [];
  let embeddingsFault: EmbeddingsFault | undefined;
  let replies: (Reply | ToReply)[] = [{ chunks: ['Hello'], usage: { input: 1, output: 1 } }];

  function nextReply(body: Record<string, unknown>): Reply {
    const [next = { chunks: [] }] = replies;
    if (replies.length > 1) replies = replies.slice(1);
    return typeof next === 'function' ? next(body) : next;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const aborted = Promise.withResolvers<number>();
    const call: RecordedCall = {
      path: request.url ?? '',
      headers: request.headers,
      body: await readJson(request),
      port: request.socket.remotePort,
      aborted: aborted.promise,
      isComplete: false,
      chunksSent: 0,
      billed: { input: 0, output: 0 },
    };
    calls.push(call);
    response.on('close', () => {
      if (!call.isComplete) aborted.resolve(performance.now());
    });
    const isForEmbeddings = call.path.endsWith('/embeddings');
    const reply = isForEmbeddings ? { chunks: [], fault: embeddingsFault } : nextReply(call.body);
    if (reply.fault?.kind === 'silence') return;
    if (reply.fault?.kind === 'status') return refuse(response, reply.fault);
    if (isForEmbeddings) answerEmbeddings(response, call, dimensions);
    else if (call.body['stream'] === true) await streamChat(response, call, reply);
    else completeChat(response, call, reply);
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));

  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/v1`,
    calls,
    reply: (...next) => {
      replies = next;
    },
    failEmbeddings: (fault) => {
      embeddingsFault = fault;
    },
    bill: () => toBill(calls),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
