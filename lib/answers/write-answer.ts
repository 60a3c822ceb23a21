import { estimateTokens, type ChatModel } from '#lib/llm/model.ts';
import type { ModelPart, StreamModel } from '#lib/llm/stream-model.ts';
import type { Metrics } from '#lib/telemetry/metrics.ts';
import type { AnswerEvent, AnswerUsage, Question } from './answer.ts';
import { createCitationFilter } from './citation-filter.ts';
import { toCitations } from './citations.ts';
import type { Evidence } from './find-evidence.ts';
import { toPrompt } from './prompt.ts';
import { createRefusalFilter } from './refusal-filter.ts';
import { refuse } from './refuse.ts';

interface WriteAnswerDeps {
  streamModel: StreamModel;
  metrics: Metrics;
  randomId: () => string;
}

export type WriteAnswer = (
  model: ChatModel,
  input: Question,
  evidence: Evidence,
  signal: AbortSignal,
) => AsyncGenerator<AnswerEvent>;

type Finish = Extract<ModelPart, { type: 'finish' }>;

const defaultMaxOutputTokens = 1_024;

/** Has the model answer from the sources, and shows of it what may be shown. Throws as `StreamModel` does. */
export const createWriteAnswer = ({ streamModel, metrics, randomId }: WriteAnswerDeps): WriteAnswer =>
  async function* writeAnswer(model, input, { query, sources }, signal) {
    const prompt = toPrompt({ ...input, sources, fence: randomId().slice(0, 8) });
    const call = {
      prompt,
      maxOutputTokens: input.maxOutputTokens ?? defaultMaxOutputTokens,
      ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
      providerOptions: { extractive: { question: query, sources: sources.map(({ n, text }) => ({ n, text })) } },
    };
    const markers = createCitationFilter(sources.length);
    const refusals = createRefusalFilter();
    let written = '';
    let text = '';
    let finish: Finish | undefined;

    const show = function* (part: string): Generator<AnswerEvent> {
      text += part;
      if (part !== '') yield { type: 'delta', text: part };
    };
    for await (const part of streamModel(model, call, signal)) {
      if (part.type === 'finish') {
        finish = part;
      } else {
        written += part.text;
        yield* show(markers.push(refusals.push(part.text)));
      }
    }
    const rest = refusals.end();
    yield* show(markers.push(rest.text) + markers.end());

    const usage = toUsage(model, finish, { prompt: JSON.stringify(prompt), written });
    metrics.tokens('input', model.id, usage.inputTokens);
    metrics.tokens('output', model.id, usage.outputTokens);
    const facts = { docsRetrieved: sources.length, model: model.id, usage };
    if (rest.isRefusal || text.trim() === '') {
      yield* refuse(facts);
      return;
    }
    const citations = toCitations(text, sources);
    yield {
      type: 'end',
      answer: { ...facts, cached: false, text, citations, finish: finish?.reason === 'length' ? 'length' : 'stop' },
    };
  };

/** What the provider counted, or, where it did not say, what we count. */
function toUsage(
  model: ChatModel,
  finish: Finish | undefined,
  counted: { prompt: string; written: string },
): AnswerUsage {
  const input = finish?.usage?.inputTokens.total;
  const output = finish?.usage?.outputTokens.total;
  return {
    inputTokens: input ?? estimateTokens(counted.prompt),
    outputTokens: output ?? estimateTokens(counted.written),
    costDollars: 0,
    isEstimated: input === undefined || output === undefined || !model.countsTokens,
  };
}
