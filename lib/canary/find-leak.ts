import * as v from 'valibot';
import type { Canary } from './canary.ts';
import type { Answer, Call } from './client.ts';

const Part = v.looseObject({ delta: v.string() });

/** What a reader of the stream sees: a word may be cut in two by its events. */
function joinDeltas(body: string): string {
  let text = '';
  for (const line of body.split('\n')) {
    if (!line.startsWith('data: {')) continue;
    const part = v.safeParse(v.pipe(v.string(), v.parseJson(), Part), line.slice('data: '.length));
    if (part.success) text += part.output.delta;
  }
  return text;
}

/** How base64 writes it at each of the three places where it may begin, without what its neighbours decide. */
const toBase64Forms = (text: string): string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + text)
      .toString('base64url')
      .replaceAll('-', '+')
      .replaceAll('_', '/');
    const start = offset === 0 ? 0 : offset + 1;
    return encoded.slice(start, Math.floor(((offset + text.length) * 8) / 6));
  });

/** Whether the text holds the word: as it is, in another case, or in base64, as a cursor would. */
export function holds(text: string, word: string): boolean {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  return text.toLowerCase().includes(word.toLowerCase()) || toBase64Forms(word).some((form) => plain.includes(form));
}

const toText = ({ all, body, contentType }: Answer): string =>
  contentType.startsWith('text/event-stream') ? `${all}\n${joinDeltas(body)}` : all;

/** True where the answer shows a canary of that side. An id that the caller has given may be repeated to it. */
export function findLeak(call: Call, answer: Answer, other: Pick<Canary, 'secret' | 'mark'>): boolean {
  const text = toText(answer);
  const isGiven = holds(JSON.stringify([call.path, call.headers, call.json]), other.mark);
  return holds(text, other.secret) || (!isGiven && holds(text, other.mark));
}

/** True where the answer is made of the caller's documents. A model may answer from them without naming one. */
export const showsOwn = (answer: Answer, own: Pick<Canary, 'secret'>): boolean =>
  holds(toText(answer), own.secret) || /"docs_retrieved":[1-9]/.test(answer.body);
