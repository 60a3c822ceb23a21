import { isCharged } from '#lib/usage/ledger-entry.ts';
import { toDollars } from '#lib/usage/money.ts';
import { spentBy, type UsageMeter } from '#lib/usage/usage-meter.ts';
import type { AnswerUsage } from './answer.ts';

/** What an answer came to: the tokens of its models, and the dollars of all that it took, the question's vector too. */
export function toAnswerUsage(meter: UsageMeter): AnswerUsage {
  const calls = meter.calls.filter(({ kind }) => kind === 'chat');
  return {
    inputTokens: calls.reduce((sum, { input_tokens: tokens }) => sum + tokens, 0),
    outputTokens: calls.reduce((sum, { output_tokens: tokens }) => sum + tokens, 0),
    costDollars: toDollars(spentBy(meter)),
    isEstimated: meter.calls.some((call) => isCharged(call) && call.estimated),
  };
}
