import { Agent, createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { EventSink } from '#lib/http/event-sink.ts';
import { NodeSink } from '#lib/http/event-sink-node.ts';

const words = ['data: plain\n\n', 'data: Käse, 漢字, 🧀\n\n', `data: ${'long '.repeat(50_000)}\n\n`];

async function writeWords(sink: EventSink): Promise<void> {
  for (const word of words) {
    sink.write(word);
    await wait(10);
  }
  sink.end();
}

/** A server that streams events; gives its port. */
async function serveEvents(write: (sink: EventSink) => Promise<void> = writeWords): Promise<number> {
  const server = createServer(
    (_request, response) => void write(new NodeSink(response, new Headers({ 'content-type': 'text/event-stream' }))),
  );
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

test('a request for the head alone gets no events', async () => {
  const port = await serveEvents();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (const method of ['HEAD', 'GET']) {
    const body = await new Promise<string>((resolve, reject) => {
      request({ port, agent, method }, (response) => void text(response).then(resolve, reject))
        .on('error', reject)
        .end();
    });
    expect(body).toBe(method === 'HEAD' ? '' : words.join(''));
  }
});

test('a response that is behind another of its connection waits for it', async () => {
  let served = 0;
  const port = await serveEvents(async (sink) => {
    served += 1;
    const name = served === 1 ? 'first' : 'second';
    for (let part = 0; part < 5; part += 1) {
      sink.write(`data: ${name} ${part}\n\n`);
      await wait(served === 1 ? 1 : 20);
    }
    sink.end();
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  const events = [...(await text(socket)).matchAll(/data: (\w+ \d)/g)].map(([, event]) => event);
  expect(events).toEqual(['first', 'second'].flatMap((name) => [0, 1, 2, 3, 4].map((part) => `${name} ${part}`)));
});

test('who writes faster than the client reads is told so, and when it may go on', async () => {
  const written = Promise.withResolvers<number>();
  const port = await serveEvents(async (sink) => {
    let drains = 0;
    for (let part = 0; part < 200; part += 1) {
      sink.write(`data: ${'x'.repeat(100_000)}\n\n`);
      if (!sink.isFull) continue;
      drains += 1;
      await new Promise<void>((resolve) => sink.onceDrained(resolve));
      expect(sink.isFull).toBe(false);
    }
    sink.end();
    written.resolve(drains);
  });
  const socket = connect(port, '127.0.0.1').pause();
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  await wait(50);
  const all = text(socket);
  expect(await written.promise).toBeGreaterThan(0);
  expect((await all).length).toBeGreaterThan(20_000_000);
});

test('writing to a client that has gone, or after the end, does nothing', async () => {
  const done = Promise.withResolvers<void>();
  const port = await serveEvents(async (sink) => {
    for (let part = 0; part < 20; part += 1) {
      sink.write('data: more\n\n');
      await wait(5);
    }
    sink.end();
    sink.write('data: after the end\n\n');
    await wait(20);
    done.resolve();
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await wait(20);
  socket.resetAndDestroy();
  await done.promise;
  const response = await fetch(`http://127.0.0.1:${port}`);
  expect(await response.text()).toBe('data: more\n\n'.repeat(20));
});
