import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Called with each read of the response, and the events in it. True leaves the stream. */
export type OnRead = (events: number) => boolean;

const eventMark = '"choices"';
const bodyEnd = '0\r\n\r\n';
const okStatus = 'HTTP/1.1 200';

function countEvents(bytes: Buffer): number {
  let events = 0;
  for (let at = bytes.indexOf(eventMark); at !== -1; at = bytes.indexOf(eventMark, at + 1)) events += 1;
  return events;
}

export function toRequestHead({ url, token, body }: { url: string; token: string; body: string }): string {
  const { pathname, host } = new URL(url);
  return [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `\r\n${body}`,
  ].join('\r\n');
}

/** An HTTP connection that looks at its responses as little as can be: a client of hundreds of streams must stay ahead of them. */
export async function openConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Sends the request and reads its response. True where the connection can be used again. */
export function readStream(socket: Socket, request: string, onRead: OnRead): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let hasStatus = false;
  let tail = '';
  const settle = (isReusable: boolean) => {
    socket.removeAllListeners();
    if (!isReusable) socket.on('error', () => undefined).destroy();
    resolve(isReusable);
  };
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('The connection was closed')));
  socket.on('data', (bytes: Buffer) => {
    if (!hasStatus && bytes.toString('latin1', 0, okStatus.length) !== okStatus)
      return reject(new Error(bytes.toString('latin1', 0, 300)));
    hasStatus = true;
    tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - bodyEnd.length))).slice(-bodyEnd.length);
    const events = countEvents(bytes);
    if (events > 0 && onRead(events)) settle(false);
    else if (tail === bodyEnd) settle(true);
  });
  socket.write(request);
  return promise;
}
