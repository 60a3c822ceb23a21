import { createConnection } from 'node:net';
import type { CanaryWorld } from './canary-world.ts';

/** Sends bytes that need be no HTTP, and waits for the connection's end. */
async function sendBytes(port: number, bytes: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  for await (const part of socket.setEncoding('utf8')) text += String(part);
  return text;
}

/** What is no valid request at all. */
export async function plantWrongRequests({ server, ask, plant, createToken, exchanges }: CanaryWorld): Promise<void> {
  const token = await createToken();
  const headers = { 'content-type': 'application/json' };
  await ask('POST /v1/search', { token, body: `{"query": ${plant('broken body')}`, headers });
  await ask('POST /v1/search', { token, body: `{"query":"x","query":"${plant('field twice')}"}`, headers });
  await ask('POST /v1/query', { token, body: plant('oversize body').repeat(50_000), headers });
  await ask('POST /v1/query', { token, body: plant('odd type'), headers: { 'content-type': plant('content type') } });
  await ask('POST /v1/query', {
    token,
    json: { question: 'x' },
    headers: { 'idempotency-key': `\t${plant('bad key')}é` },
  });
  await ask(`GET /v1/${plant('path')}?secret=${plant('query string')}`, { token });
  await ask(`GET /${plant('first segment')}`);
  await ask('GET /v1/documents', { token, headers: { traceparent: `00-${plant('traceparent')}-01` } });
  await ask(`GET /v1/documents/%ZZ${plant('bad escape')}`, { token });
  const requests = [
    `${plant('no request')}\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: a\r\n${plant('bad header')}\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${plant('long header').repeat(2_000)}\r\n\r\n`,
  ];
  for (const bytes of requests) {
    const text = await sendBytes(server.port, bytes);
    exchanges.push({ target: 'bytes', status: Number(text.split(' ', 2)[1]), text });
  }
}
