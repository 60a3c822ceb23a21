import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { sendRequest } from '#lib/llm/provider-response.ts';

/** Sends requests to a provider that answers each as it is told; `ports` are those of the connections they came by. */
async function createProvider(answer: (response: ServerResponse) => void) {
  const ports: (number | undefined)[] = [];
  const server = createServer((request, response) => {
    ports.push(request.socket.remotePort);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ connections: 1 });
  onTestFinished(async () => {
    await agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const options = { origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET' };
  return { ports, send: (signal = new AbortController().signal) => sendRequest(agent, options, signal) };
}

test('a body that is drained leaves its connection for the next, however long it was', async () => {
  const { ports, send } = await createProvider((response) => {
    response.write('x'.repeat(100_000));
    setTimeout(() => response.end('the end'), 20);
  });
  for (const _call of [1, 2]) {
    const { body } = await send();
    let size = 0;
    while (size < 100_000) size += (await body.next()).value?.byteLength ?? 0;
    body.drain();
    await wait(60);
  }
  expect(ports).toHaveLength(2);
  expect(new Set(ports).size).toBe(1);
});

test('pieces that arrive together are read together, whether somebody waits for them or not', async () => {
  const more = Promise.withResolvers<void>();
  const { send } = await createProvider((response) => {
    const write = (...pieces: string[]) => {
      response.cork();
      for (const piece of pieces) response.write(piece);
      response.uncork();
    };
    write('one ', 'two ', 'three ');
    void more.promise.then(() => {
      write('four ', 'five ');
      setTimeout(() => response.end('end'), 50);
    });
  });
  const { body } = await send();
  const read = async () => (await body.next()).value?.toString();
  await wait(50);
  expect(await read()).toBe('one two three ');
  const waiting = read();
  more.resolve();
  expect(await waiting).toBe('four five ');
  expect(await read()).toBe('end');
  expect(await read()).toBeUndefined();
  expect(await read()).toBeUndefined();
});

test('what has arrived before a connection breaks is read before its failure', async () => {
  const { send } = await createProvider((response) => {
    response.write('begin');
    setTimeout(() => response.destroy(), 20);
  });
  const { body } = await send();
  await wait(60);
  expect((await body.next()).value?.toString()).toBe('begin');
  await expect(body.next()).rejects.toThrow();
});

test('what goes on after its end is not read for long', async () => {
  const closed = Promise.withResolvers<void>();
  const { send } = await createProvider((response) => {
    response.on('close', closed.resolve).write('begin');
    const timer = setInterval(() => response.write('x'.repeat(1_000)), 5);
    response.on('close', () => clearInterval(timer));
  });
  const { body } = await send();
  await body.next();
  body.drain();
  await expect(closed.promise).resolves.toBeUndefined();
});

test('a provider waits for a reader that does not come', async () => {
  const megabyte = 'x'.repeat(1024 * 1024);
  let sent = 0;
  const { send } = await createProvider((response) => {
    const timer = setInterval(() => {
      if (response.writableNeedDrain) return;
      response.write(megabyte);
      sent += 1;
    }, 1);
    response.on('close', () => clearInterval(timer));
  });
  const { body } = await send();
  await wait(300);
  const before = sent;
  await wait(200);
  expect(sent).toBe(before);
  for (let size = 0; size < (before + 2) * megabyte.length;) size += (await body.next()).value?.byteLength ?? 0;
  expect(sent).toBeGreaterThan(before);
  await body.return();
});

test('whoever leaves hears nothing more of what had come', async () => {
  const left = new AbortController();
  const { send } = await createProvider((response) => response.write('some words'));
  const { body } = await send(left.signal);
  await wait(30);
  left.abort(new Error('The client left'));
  await expect(body.next()).rejects.toThrow('The client left');
});
