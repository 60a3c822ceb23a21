import { Agent, createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openNodeSink } from '#lib/http/event-sink-node.ts';

const words = ['data: plain\n\n', 'data: Käse, 漢字, 🧀\n\n', `data: ${'long '.repeat(50_000)}\n\n`];

/** A server that streams these events; gives its port. */
async function serveEvents(): Promise<number> {
  const server = createServer((_request, response) => {
    const sink = openNodeSink(response, new Headers({ 'content-type': 'text/event-stream' }));
    for (const word of words) sink.write(word);
    sink.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('events of any length and alphabet arrive whole, and the connection serves the next', async () => {
  const port = await serveEvents();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports = new Set<number | undefined>();
  for (const _call of [1, 2]) {
    const body = await new Promise<string>((resolve, reject) => {
      const call = request({ port, agent }, (response) => {
        ports.add(response.socket.localPort);
        text(response).then(resolve, reject);
      });
      call.on('error', reject).end();
    });
    expect(body).toBe(words.join(''));
  }
  expect(ports.size).toBe(1);
});

test('a client of HTTP/1.0 has the events as they are', async () => {
  const socket = connect(await serveEvents(), '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const response = await text(socket);
  expect(response.slice(response.indexOf('\r\n\r\n') + 4)).toBe(words.join(''));
});
