import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import type { RedisServer } from './redis-server.ts';

export interface UpstashBridge {
  url: string;
  port: number;
  token: string;
  /** The headers of each request so far. */
  requests: IncomingHttpHeaders[];
}

interface UpstashBridgeOptions {
  redis: RedisServer;
  /** When it is to end: `afterAll` in the body of a suite; with the test unless said otherwise. */
  endWith?: (end: () => Promise<void>) => void;
}

type Reply = { status: number; body: unknown };
type Outcome = { result: unknown } | { error: string };

const Command = v.pipe(v.array(v.union([v.string(), v.number()])), v.minLength(1));
const Commands = v.array(Command);

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Upstash's REST API, as its documentation has it, in front of a real server. */
export async function startUpstashBridge(options: UpstashBridgeOptions): Promise<UpstashBridge> {
  const { redis: target, endWith = onTestFinished } = options;
  const token = 'token-of-the-bridge';
  const requests: IncomingHttpHeaders[] = [];
  const connection = { host: target.host, port: target.port, enableReadyCheck: false, disableClientInfo: true };
  const redis = new Redis(target.password === undefined ? connection : { ...connection, password: target.password });
  redis.on('error', () => undefined);

  /** With `Upstash-Encoding: base64` every text but `OK` is encoded. */
  const encode = (value: unknown, isBase64: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => encode(item, isBase64));
    if (!Buffer.isBuffer(value)) return value;
    const text = value.toString();
    return isBase64 && text !== 'OK' ? value.toString('base64') : text;
  };

  const call = ([name = '', ...args]: (string | number)[]): Promise<unknown> => redis.callBuffer(String(name), ...args);

  async function runEach(commands: (string | number)[][], isBase64: boolean): Promise<Outcome[]> {
    const settled = await Promise.allSettled(commands.map(call));
    return settled.map((outcome) =>
      outcome.status === 'fulfilled' ? { result: encode(outcome.value, isBase64) } : { error: textOf(outcome.reason) },
    );
  }

  async function runTogether(commands: (string | number)[][], isBase64: boolean): Promise<Reply> {
    const queued = [['MULTI'], ...commands, ['EXEC']].map(call);
    const last = (await Promise.allSettled(queued)).at(-1);
    if (last?.status !== 'fulfilled') return { status: 400, body: { error: textOf(last?.reason) } };
    const results = v.parse(v.array(v.unknown()), last.value);
    return {
      status: 200,
      body: results.map((result) =>
        result instanceof Error ? { error: result.message } : { result: encode(result, isBase64) },
      ),
    };
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const body = await readJson(request);
    const isBase64 = request.headers['upstash-encoding'] === 'base64';
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } };
    }
    if (request.method !== 'POST') return { status: 405, body: { error: 'ERR only POST is known here' } };
    if (request.url === '/pipeline') return { status: 200, body: await runEach(v.parse(Commands, body), isBase64) };
    if (request.url === '/multi-exec') return runTogether(v.parse(Commands, body), isBase64);
    const [outcome] = await runEach([v.parse(Command, body)], isBase64);
    return { status: outcome && 'error' in outcome ? 400 : 200, body: outcome };
  }

  const server = createServer((request, response) => {
    requests.push(request.headers);
    void answer(request)
      .catch((error: unknown): Reply => ({ status: 400, body: { error: `ERR ${textOf(error)}` } }))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endWith(async () => {
    redis.disconnect();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, token, requests };
}
