import { invalidRequest } from '#lib/core/api-error.ts';
import { firstOf, toProgram } from './patterns/program.ts';
import type { GuardrailPolicy } from './policy.ts';

/** What all patterns of a policy may come to when compiled: some 3,000 words. */
const maxInstructions = 10_000;
/** Counted repetitions multiply what is written: `a{1000}` stands for a thousand times `a`. */
const maxRepeats = 300;

const countRepeats = (pattern: string): number =>
  [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Math.max(Number(least), Number(most ?? 0)),
    0,
  );

/** Throws `invalid_request` for a blocked pattern that is none, costs too much, or would block everything. */
export async function checkPolicy(policy: GuardrailPolicy | null | undefined): Promise<void> {
  if (!policy?.blocked_patterns?.length) return;
  const { RE2JSException, RE2Set } = await import('re2js');
  let instructions = 0;
  for (const [index, { pattern }] of policy.blocked_patterns.entries()) {
    const refuse = (message: string, cause?: unknown) =>
      invalidRequest(`guardrails.blocked_patterns.${index}.pattern`, message, cause);
    if (countRepeats(pattern) > maxRepeats) throw refuse(`must not repeat more than ${maxRepeats} times`);
    const set = new RE2Set();
    try {
      set.add(pattern);
      set.compile();
    } catch (error) {
      throw error instanceof RE2JSException ? refuse('is not a pattern in the syntax of RE2', error) : error;
    }
    const program = toProgram(set);
    instructions += program.instructions.length;
    if (instructions > maxInstructions) throw refuse('makes the patterns too complex together');
    if (firstOf(program).some(({ type }) => type === 'match')) throw refuse('must not match where there is no text');
  }
}
