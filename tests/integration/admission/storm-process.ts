import { setTimeout as wait } from 'node:timers/promises';
import { chanceOf } from './chance.ts';
import { maxTokens, toPlan } from './storm-plan.ts';

/**
 * A process of many clients that each want one completion, some of which leave before they have it. It writes a line for
 * each answer: its status, or 0 where there was none.
 */
export interface StormOptions {
  /** Distinguishes its calls from another storm's. */
  name: string;
  clients: number;
  /** Of the processes that they ask, in turns. */
  urls: string[];
  token: string;
}

/** How often a client asks that is turned away. */
const maxTries = 4;
const pauseMilliseconds = 1_500;
/** In which they come. */
const rampMilliseconds = 2_000;
const turnedAway = new Set([402, 429, 503]);
const { name, clients, urls, token }: StormOptions = JSON.parse(process.argv[2] ?? '{}');

/** Leaves when it has read so many. */
async function readWords({ body }: Response, count: number, left: AbortController): Promise<void> {
  let text = '';
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.split('word').length > count) left.abort();
  }
}

async function ask(call: string, url: string): Promise<number> {
  const { isStream, leavesAfter, stalls, chunks } = toPlan(call);
  const left = new AbortController();
  const leaving = leavesAfter === undefined ? undefined : setTimeout(() => left.abort(), leavesAfter);
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-request-id': call },
      body: JSON.stringify({
        model: 'simulated',
        messages: [{ role: 'user', content: `${call} wants to know` }],
        max_tokens: maxTokens,
        stream: isStream,
      }),
      signal: AbortSignal.any([left.signal, AbortSignal.timeout(60_000)]),
    });
    await (stalls && response.ok ? readWords(response, chunks, left) : response.text());
    return response.status;
  } catch {
    // It left, or the process was killed.
    return 0;
  } finally {
    clearTimeout(leaving);
  }
}

async function visit(client: number): Promise<void> {
  await wait(rampMilliseconds * chanceOf(`${name} ${client} comes`));
  for (let attempt = 0; attempt < maxTries; attempt += 1) {
    const status = await ask(`${name}-${client}-${attempt}`, urls[client % urls.length] ?? '');
    process.stdout.write(`${status}\n`);
    if (!turnedAway.has(status)) return;
    await wait(pauseMilliseconds * (0.5 + Math.random()));
  }
}

await Promise.all(Array.from({ length: clients }, (_, client) => visit(client)));
