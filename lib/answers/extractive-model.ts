import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import * as v from 'valibot';
import { estimateTokens } from '#lib/llm/estimate-tokens.ts';
import { refusalMark } from './refusal-filter.ts';
import { toSentences, toStems } from './sentences.ts';

/** What the model answers from. It reads this rather than the prompt, which is written for other models. */
const InputSchema = v.object({
  question: v.string(),
  sources: v.array(v.object({ n: v.number(), text: v.string() })),
});

export type ExtractiveInput = v.InferOutput<typeof InputSchema>;

const id = 'extractive';
const maxSentences = 3;
const maxSentenceLength = 700;
/** A further sentence must say at least this share of what the best one does. */
const minShare = 0.55;

interface Candidate {
  n: number;
  text: string;
  stems: Set<string>;
}

const toCandidates = ({ sources }: ExtractiveInput): Candidate[] =>
  sources.flatMap(({ n, text }) =>
    toSentences(text)
      .filter((sentence) => sentence.text.length <= maxSentenceLength && !sentence.text.startsWith('#'))
      .map((sentence) => ({ n, text: sentence.text, stems: new Set(toStems(sentence.text)) })),
  );

/** The sentences that say most of what is asked: rare words weigh more, earlier sources a little more. */
function selectSentences(input: ExtractiveInput): Candidate[] {
  const candidates = toCandidates(input);
  const wanted = new Set(toStems(input.question));
  const weights = new Map(
    [...wanted].map((stem) => {
      const holders = candidates.filter(({ stems }) => stems.has(stem)).length;
      return [stem, holders === 0 ? 0 : Math.log(1 + candidates.length / holders)];
    }),
  );
  const score = ({ n, stems }: Candidate) => {
    const matched = [...wanted].reduce((sum, stem) => sum + (stems.has(stem) ? (weights.get(stem) ?? 0) : 0), 0);
    const isTooShort = stems.size < 3;
    return (matched * (isTooShort ? 0.5 : 1)) / (1 + 0.1 * (n - 1)) / (1 + Math.log(Math.max(1, stems.size / 20)));
  };
  const ranked = candidates
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .toSorted((a, b) => b.score - a.score);
  const best = ranked[0]?.score ?? 0;
  const seen = new Set<string>();
  return ranked
    .filter(
      ({ candidate, score: value }) =>
        value > 0 && value >= best * minShare && !seen.has(candidate.text) && seen.add(candidate.text),
    )
    .slice(0, maxSentences)
    .map(({ candidate }) => candidate);
}

/** A sentence as prose: without the marks of a list, a quotation or emphasis, on one line. */
const toProse = (text: string): string =>
  text
    .replace(/^(?:[-*+>]|\d+[.)])\s+/, '')
    .replace(/\*\*|__|`/g, '')
    .replace(/\[(\d{1,3})\]/g, '($1)')
    .replace(/\s+/g, ' ');

/** Word by word, as other models do. */
function* toDeltas(input: ExtractiveInput): Generator<string> {
  const selected = selectSentences(input);
  if (selected.length === 0) yield refusalMark;
  for (const [index, { n, text }] of selected.entries()) {
    const sentence = `${index > 0 ? ' ' : ''}${toProse(text)} [${n}]`;
    yield* sentence.match(/\s*\S+/g) ?? [];
  }
}

const usageOf = (input: ExtractiveInput, output: string) => ({
  inputTokens: {
    total: estimateTokens([input.question, ...input.sources.map(({ text }) => text)].join('').length),
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: estimateTokens(output.length), text: undefined, reasoning: undefined },
});

const finishReason = { unified: 'stop', raw: 'stop' } as const;
const readInput = ({ providerOptions }: LanguageModelV4CallOptions): ExtractiveInput =>
  v.parse(InputSchema, providerOptions?.[id]);

function* toParts(input: ExtractiveInput): Generator<LanguageModelV4StreamPart> {
  let output = '';
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: '0' };
  for (const delta of toDeltas(input)) {
    output += delta;
    yield { type: 'text-delta', id: '0', delta };
  }
  yield { type: 'text-end', id: '0' };
  yield { type: 'finish', finishReason, usage: usageOf(input, output) };
}

/**
 * The built-in model: answers with the sentences of the sources that say most of what is asked, word
 * for word, each with its citation. Free, deterministic, and never says what no source says.
 */
export const extractiveModel: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'genai',
  modelId: id,
  supportedUrls: {},
  async doGenerate(options) {
    const input = readInput(options);
    const text = [...toDeltas(input)].join('');
    return { content: [{ type: 'text', text }], finishReason, usage: usageOf(input, text), warnings: [] };
  },
  async doStream(options) {
    return { stream: ReadableStream.from(toParts(readInput(options))) };
  },
};
