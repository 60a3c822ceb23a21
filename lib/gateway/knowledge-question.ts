import type { Question } from '#lib/answers/answer.ts';
import type { Turn } from '#lib/answers/prompt.ts';
import { invalidRequest } from '#lib/core/api-error.ts';
import type { ChatMessage, ChatRequest, Knowledge } from './chat-request.ts';
import { wantedOutput } from './upstream-body.ts';

const maxQuestionLength = 8_000;
const maxTurnLength = 32_000;
const maxTurns = 50;

/** What only a model's own words can be asked for. */
const ownWords = ['tools', 'response_format', 'logprobs', 'functions'] as const;

const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string'
    ? content
    : (content ?? [])
        .map((part) => (part.type === 'text' ? part.text : ''))
        .join('\n')
        .trim();

const toTurns = (messages: readonly ChatMessage[]): Turn[] =>
  messages.flatMap((message) => {
    const { role } = message;
    const content = textOf(message).slice(0, maxTurnLength);
    return (role === 'user' || role === 'assistant') && content !== '' ? [{ role, content }] : [];
  });

/**
 * The question that a conversation ends with. What the system or a tool says is not part of it: answers from documents
 * have rules of their own. Throws `invalid_request`.
 */
export function toQuestion(request: ChatRequest, { filter, limit }: Knowledge): Omit<Question, 'isFresh'> {
  for (const name of ownWords) if (request[name]) throw invalidRequest(name, 'cannot be had with "knowledge"');
  if ((request.n ?? 1) > 1) throw invalidRequest('n', 'must be 1 with "knowledge"');
  const last = request.messages.at(-1);
  const question = last?.role === 'user' ? textOf(last).trim() : '';
  if (question === '' || question.length > maxQuestionLength)
    throw invalidRequest('messages', `must end with a question of at most ${maxQuestionLength} characters`);
  return {
    question,
    conversation: toTurns(request.messages.slice(0, -1)).slice(-maxTurns),
    limit,
    filter,
    model: request.model,
    maxOutputTokens: wantedOutput(request),
    temperature: request.temperature ?? undefined,
  };
}
