import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawResponse {
  status: number;
  headers: Headers;
  body: string;
}

export interface RawConnection {
  write(text: string | Uint8Array): void;
  /** The next response that has a `content-length`. */
  read(): Promise<RawResponse>;
  /** Settles when the server has closed the connection. */
  closed: Promise<void>;
  destroy(): void;
}

function parseResponse(text: string): { response: RawResponse; length: number } | undefined {
  const split = text.indexOf('\r\n\r\n');
  if (split === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, split).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const length = split + 4 + Number(headers.get('content-length') ?? 0);
  if (text.length < length) return undefined;
  return {
    response: { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(split + 4, length) },
    length,
  };
}

/** A connection that sends exactly the bytes it is told to. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
    socket.emit('more');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
  await once(socket, 'connect');

  return {
    closed,
    destroy: () => void socket.destroy(),
    write(text) {
      if (socket.writable) socket.write(text);
    },
    async read() {
      for (;;) {
        const parsed = parseResponse(received);
        if (parsed) {
          received = received.slice(parsed.length);
          return parsed.response;
        }
        if (socket.closed) throw new Error(`The connection was closed after ${JSON.stringify(received)}`);
        await Promise.race([new Promise((resolve) => void socket.once('more', resolve)), closed]);
      }
    },
  };
}

/** Sends one request and reads one response. */
export async function exchangeRaw(port: number, text: string | Uint8Array): Promise<RawResponse> {
  const connection = await openConnection(port);
  connection.write(text);
  try {
    return await connection.read();
  } finally {
    connection.destroy();
  }
}
