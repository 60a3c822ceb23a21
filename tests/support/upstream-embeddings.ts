import type { ServerResponse } from 'node:http';
import { countPrompt, type RecordedCall } from './upstream-call.ts';

/** Vectors in which texts that share words are near: a hash of each word picks a dimension. */
function embed(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[a-z0-9]+/g) ?? []) {
    let hash = 7;
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    vector[hash % dimensions] = (vector[hash % dimensions] ?? 0) + 1;
  }
  return vector;
}

const toBase64 = (vector: number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString('base64');

/** Texts, or lists of tokens, which are words like others. */
function textsOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [String(input)];
  if (input.every((item) => typeof item === 'number')) return [input.join(' ')];
  return input.map((item) => (Array.isArray(item) ? item.join(' ') : String(item)));
}

export function answerEmbeddings(response: ServerResponse, call: RecordedCall, usual: number): void {
  const { input, dimensions, encoding_format: format, model } = call.body;
  const size = typeof dimensions === 'number' ? dimensions : usual;
  const data = textsOf(input).map((text, index) => {
    const vector = embed(text, size);
    return { object: 'embedding', index, embedding: format === 'base64' ? toBase64(vector) : vector };
  });
  const tokens = countPrompt(call.body);
  call.billed = { input: tokens, output: 0 };
  call.isComplete = true;
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ object: 'list', model, data, usage }));
}
