import type { CanaryWorld } from './canary-world.ts';
import { providerFaults } from './echoing-provider.ts';

const toChat = ({ plant }: CanaryWorld, model: string) => ({
  model,
  messages: [
    { role: 'system', content: `You are ${plant('system message')}.` },
    { role: 'user', name: plant('name of a user'), content: `Where is ${plant('user message')}?` },
    { role: 'assistant', content: plant('assistant message') },
    { role: 'user', content: [{ type: 'text', text: plant('text part') }] },
  ],
  tools: [{ type: 'function', function: { name: plant('tool'), description: plant('tool description') } }],
  response_format: { type: 'json_schema', json_schema: { name: plant('json schema') } },
  stop: plant('stop'),
  metadata: { a: plant('metadata of a chat') },
  user: plant('user'),
});

const toQuery = ({ plant }: CanaryWorld, model: string) => ({
  question: `When does the ${plant('text/plain')} open, ${plant('question')}?`,
  conversation: [
    { role: 'user', content: plant('turn of a user') },
    { role: 'assistant', content: plant('turn of the assistant') },
  ],
  model,
});

/** Prompts, to models that answer and to models that fail in every way, and what no model gets to see. */
export async function plantPrompts(world: CanaryWorld): Promise<void> {
  const { ask, plant, createToken } = world;
  const token = await createToken({ role: 'tenant_admin' });
  const stream = { accept: 'text/event-stream' };
  const askAll = (name: string) => [
    ask('POST /v1/chat/completions', { token, json: toChat(world, `chat-${name}`) }),
    ask('POST /v1/chat/completions', { token, json: { ...toChat(world, `chat-${name}`), stream: true } }),
    ask('POST /v1/query', { token, json: toQuery(world, `chat-${name}`) }),
    ask('POST /v1/query', { token, json: toQuery(world, `chat-${name}`), headers: stream }),
    ask('POST /v1/embeddings', { token, json: { model: `embedding-${name}`, input: plant('embedding input') } }),
  ];
  await Promise.all(['good', ...providerFaults].flatMap(askAll));

  const [chat, query] = [toChat(world, 'chat-good'), toQuery(world, 'chat-good')];
  const fromDocuments = { messages: [{ role: 'user', content: `Where is ${plant('knowledge')}?` }], knowledge: true };
  await ask('POST /v1/chat/completions', { token, json: fromDocuments });
  const keyed = { 'idempotency-key': plant('idempotency key') };
  for (const json of [query, query, { ...query, question: plant('other question') }])
    await ask('POST /v1/query', { token, json, headers: keyed });
  await ask('POST /v1/chat/completions', {
    token,
    json: { ...fromDocuments, knowledge: { filter: { a: plant('filter') } } },
  });
  await ask('POST /v1/search', { token, json: { query: plant('query'), filter: { reference: plant('metadata') } } });
  await ask('POST /v1/search', { token, json: { query: 'x', mode: plant('mode'), limit: plant('number') } });
  await ask('POST /v1/search', { token, json: { query: [plant('query in a list')], filter: plant('no filter') } });
  await ask('POST /v1/search', { token, json: { query: 'x', cursor: plant('cursor of a search') } });
  await ask('POST /v1/query', { token, json: { ...query, model: plant('unknown model') } });
  await ask('POST /v1/query', { token, json: { ...query, conversation: [{ role: plant('role'), content: '' }] } });
  await ask('POST /v1/chat/completions', { token, json: { ...chat, model: plant('unknown chat model') } });
  await ask('POST /v1/chat/completions', { token, json: { ...chat, temperature: plant('temperature') } });
  await ask('POST /v1/chat/completions', { token, json: { ...chat, messages: plant('messages') } });
  await ask('POST /v1/embeddings', {
    token,
    json: { model: 'embedding-good', input: { a: plant('embedding object') } },
  });
  await ask(`GET /v1/models/${plant('model name')}`, { token });
}
