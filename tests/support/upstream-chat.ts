import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { countPrompt, type RecordedCall } from './upstream-call.ts';
import { createEventWriter, type EventWriter } from './upstream-events.ts';
import type { Reply, ToolCall } from './upstream-reply.ts';

const created = 1_700_000_000;
const choicesOf = ({ body }: RecordedCall): number[] =>
  Array.from({ length: typeof body['n'] === 'number' ? body['n'] : 1 }, (_, index) => index);

const toLogprob = (token: string) => ({ token, logprob: -0.25, bytes: [...Buffer.from(token)], top_logprobs: [] });
const toLogprobs = ({ body }: RecordedCall, tokens: string[]) =>
  body['logprobs'] === true ? { logprobs: { content: tokens.map(toLogprob), refusal: null } } : {};

const toChunk = ({ body }: RecordedCall, index: number, delta: object, rest: object = {}) => ({
  id: 'chatcmpl-simulated',
  object: 'chat.completion.chunk',
  created,
  model: body['model'],
  system_fingerprint: 'fp_simulated',
  choices: [{ index, delta, finish_reason: null, ...rest }],
});

function toUsage(call: RecordedCall, usage: NonNullable<Reply['usage']>) {
  const { input, output, cached = 0 } = usage === 'counted' ? { ...call.billed, cached: 0 } : usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

/** One delta of a token, for each place in which one is. */
function* toDeltas({ chunks, toolCalls = [] }: Reply): Generator<{ delta: object; token: string }> {
  for (const content of chunks) yield { delta: { content }, token: content };
  for (const [index, { id, name, arguments: pieces }] of toolCalls.entries()) {
    for (const [place, piece] of pieces.entries()) {
      const head = place === 0 ? { id, type: 'function' } : {};
      const called = { ...(place === 0 ? { name } : {}), arguments: piece };
      yield { delta: { tool_calls: [{ index, ...head, function: called }] }, token: piece };
    }
  }
}

const finishReasonOf = ({ finishReason, toolCalls }: Reply): string =>
  finishReason ?? (toolCalls ? 'tool_calls' : 'stop');

/** What goes wrong before the chunk of this number. True where nothing more is sent. */
async function fail(response: ServerResponse, writer: EventWriter, { fault }: Reply, index: number): Promise<boolean> {
  if (!fault || !('after' in fault) || fault.after !== index) return false;
  if (fault.kind === 'cut') response.destroy();
  else if (fault.kind === 'truncate') response.end();
  else if (fault.kind === 'stall') {
    while (fault.comments && !response.destroyed) {
      writer.write(': still there\n\n');
      await wait(20);
    }
  } else if (fault.kind === 'long-line') writer.write(`data: ${'x'.repeat(5_000_000)}`);
  else if (fault.kind === 'bad-utf8')
    writer.write(Buffer.concat([Buffer.from('data: {"a":"'), Buffer.of(0xff), Buffer.from('"}\n\n')]));
  else if (fault.kind === 'error') await writer.send({ error: { message: 'Simulated', type: 'server_error' } });
  else {
    await writer.send('{"this is": not json');
    return false;
  }
  return true;
}

export async function streamChat(response: ServerResponse, call: RecordedCall, reply: Reply): Promise<void> {
  const { firstDelay = 0, delay = 0, usage, dialect, fault, isSilentAtEnd = false } = reply;
  const writer = createEventWriter(response, dialect);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  if (fault?.kind === 'error-payload') {
    const code = fault.code ?? 'broken';
    await writer.send({ error: { message: 'The simulated model is broken', type: 'server_error', code } });
    response.end();
    return;
  }
  while (fault?.kind === 'comments') {
    if (response.destroyed) return;
    writer.write(': still there\n\n');
    await wait(20);
  }
  // Nobody left, or whoever left has had the prompt read.
  if (firstDelay > 0) await wait(firstDelay);
  if (!fault) call.billed.input = countPrompt(call.body);
  for (const index of choicesOf(call)) await writer.send(toChunk(call, index, { role: 'assistant', content: '' }));
  let place = 0;
  for (const { delta, token } of toDeltas(reply)) {
    if (response.destroyed || (await fail(response, writer, reply, place))) return;
    if (place > 0 && delay > 0) await wait(delay);
    if (response.destroyed) return;
    call.billed.input = countPrompt(call.body);
    for (const index of choicesOf(call)) {
      await writer.send(toChunk(call, index, delta, toLogprobs(call, [token])));
      call.billed.output += 1;
    }
    call.chunksSent += 1;
    place += 1;
  }
  if (await fail(response, writer, reply, place)) return;
  for (const index of choicesOf(call)) {
    await writer.send(toChunk(call, index, {}, { finish_reason: finishReasonOf(reply) }));
  }
  if (usage) await writer.send({ ...toChunk(call, 0, {}), choices: [], usage: toUsage(call, usage) });
  if (typeof usage === 'object') call.billed = { input: usage.input, output: usage.output };
  if (!isSilentAtEnd) await writer.send('[DONE]');
  call.isComplete = true;
  response.end();
}

const toWholeToolCall = ({ id, name, arguments: pieces }: ToolCall) => ({
  id,
  type: 'function',
  function: { name, arguments: pieces.join('') },
});

export function completeChat(response: ServerResponse, call: RecordedCall, reply: Reply): void {
  const { chunks, toolCalls, usage } = reply;
  const message = {
    role: 'assistant',
    content: chunks.join(''),
    ...(toolCalls ? { tool_calls: toolCalls.map(toWholeToolCall) } : {}),
  };
  const choices = choicesOf(call);
  const tokens = [...toDeltas(reply)].map(({ token }) => token);
  const counted = { input: countPrompt(call.body), output: tokens.length * choices.length };
  call.billed = typeof usage === 'object' ? { input: usage.input, output: usage.output } : counted;
  call.isComplete = true;
  const body = {
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created,
    model: call.body['model'],
    choices: choices.map((index) => ({
      index,
      message,
      finish_reason: finishReasonOf(reply),
      ...toLogprobs(call, tokens),
    })),
    ...(usage ? { usage: toUsage(call, usage) } : {}),
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
