import type * as v from 'valibot';
import type { Answer, AnswerEvent, Question } from '#lib/answers/answer.ts';
import type { AnswerDemand } from '#lib/answers/answer-demand.ts';
import type { AnswerQuestion } from '#lib/answers/answer-question.ts';
import {
  toAnswerBody,
  toAnswerLog,
  toUiErrorChunk,
  toUiMessageStream,
  uiMessageStreamHeaders,
} from '#lib/answers/wire.ts';
import type { Clock } from '#lib/core/clock.ts';
import { createTenantApi } from '#lib/http/create-api.ts';
import { idempotent } from '#lib/http/idempotent.ts';
import type { HttpKit } from '#lib/http/kit.ts';
import { admit, checkRate } from '#lib/http/admit.ts';
import { acceptsEventStream } from '#lib/http/accepts.ts';
import { sse } from '#lib/http/sse.ts';
import { json } from '#lib/http/validate.ts';
import { wantsFresh } from '#lib/http/wants-fresh.ts';
import { QueryRequest } from './contract.ts';

export interface QueryDeps {
  http: HttpKit;
  toDemand: AnswerDemand;
  answerQuestion: AnswerQuestion;
}

const toQuestion = ({
  max_output_tokens: maxOutputTokens,
  model,
  temperature,
  ...rest
}: v.InferOutput<typeof QueryRequest>): Omit<Question, 'isFresh'> => ({
  ...rest,
  model,
  temperature,
  maxOutputTokens,
});

/** Passes the events on, and tells the log when the answer's first word came and how it ended. */
async function* observe(
  events: AsyncIterable<AnswerEvent>,
  log: Record<string, unknown>,
  now: Clock,
): AsyncGenerator<AnswerEvent> {
  const started = now();
  for await (const event of events) {
    if (event.type === 'delta') log['first_token'] ??= (now() - started) / 1000;
    if (event.type === 'end') Object.assign(log, toAnswerLog(event.answer));
    yield event;
  }
}

async function lastAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'end') return event.answer;
  throw new Error('The answer has no end');
}

type Asked = { out: { json: v.InferOutput<typeof QueryRequest> } };

export const createQueryApp = ({ http, toDemand, answerQuestion }: QueryDeps) =>
  createTenantApi(http, 'query').post(
    '/v1/query',
    checkRate(http),
    json(http, QueryRequest),
    idempotent(http),
    admit<Asked>(http, 'query', (c) => toDemand(c.var.scope, toQuestion(c.req.valid('json')))),
    async (c) => {
      const isFresh = wantsFresh(c.req.header('cache-control'));
      const question = { ...toQuestion(c.req.valid('json')), isFresh };
      const { scope, requestId, log } = c.var;
      const begin = await answerQuestion(scope, question);
      const answer = (signal: AbortSignal) => observe(begin(signal), log, http.now);
      if (!acceptsEventStream(c.req.header('accept'))) {
        return c.json(toAnswerBody(await lastAnswer(answer(c.var.signal)), requestId));
      }
      return sse(c, {
        produce: (signal) => toUiMessageStream(answer(signal), requestId),
        toErrorEvent: toUiErrorChunk,
        metrics: http.metrics,
        headers: uiMessageStreamHeaders,
      });
    },
  );
