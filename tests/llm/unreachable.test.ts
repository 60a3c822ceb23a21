import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractiveModel } from '#lib/answers/extractive-model.ts';
import { healthOf, toCallFailure } from '#lib/llm/call-failure.ts';
import { createLoadLanguageModel } from '#lib/llm/load-language-model.ts';
import type { ModelTarget } from '#lib/llm/model-router.ts';
import { createProviderTransport } from '#lib/llm/provider-transport.ts';
import { findFreePort } from '#tests/support/free-port.ts';
import { calm } from '#tests/support/scope.ts';
import { createTarget } from './world.ts';

/** Takes each request, and closes the connection without an answer. */
const server = createServer((request) => request.socket.destroy());
const transport = createProviderTransport();
const load = createLoadLanguageModel(extractiveModel);
const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello?' }] }];

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  await transport.close();
  await new Promise((resolve) => server.close(resolve));
});

const clients = [
  ['the gateway', (target: ModelTarget) => transport.post(target, 'chat/completions', {}, calm)],
  ['the model SDK', async (target: ModelTarget) => (await load(target)).doStream({ prompt, maxOutputTokens: 1 })],
] as const;

async function healthAt(call: (target: ModelTarget) => PromiseLike<unknown>, url: string) {
  try {
    await call(createTarget('any', { url }));
  } catch (error) {
    return healthOf(toCallFailure(error, { isOwnKey: false }));
  }
  return expect.fail('The call has not failed');
}

test.each(clients)('where there is no connection, %s says that nobody could have one', async (_name, call) => {
  const { port } = server.address() as AddressInfo;
  expect(await healthAt(call, `http://127.0.0.1:${await findFreePort()}/v1`)).toBe('unreachable');
  expect(await healthAt(call, 'http://models.invalid/v1')).toBe('unreachable');
  expect(await healthAt(call, `https://127.0.0.1:${port}/v1`)).toBe('unreachable');
});

test.each(clients)(
  'a connection that breaks while it answers may be of the prompt’s doing, by %s',
  async (_name, call) => {
    const { port } = server.address() as AddressInfo;
    expect(await healthAt(call, `http://127.0.0.1:${port}/v1`)).toBe('unwell');
  },
);
