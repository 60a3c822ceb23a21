import { expect, test } from 'vitest';
import * as v from 'valibot';
import { checkPolicy } from '#lib/guardrails/check-policy.ts';
import { GuardrailPolicySchema } from '#lib/guardrails/policy.ts';

const check = (...patterns: string[]) =>
  checkPolicy(
    v.parse(GuardrailPolicySchema, {
      blocked_patterns: patterns.map((pattern, index) => ({ name: `rule-${index}`, pattern })),
    }),
  );

test.each(['(a', '(?=a)', '(a)\\1', 'a{2,1}', '[b-a]', '*'])('%s is no pattern', async (pattern) => {
  await expect(check('fine', pattern)).rejects.toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'guardrails.blocked_patterns.1.pattern', message: expect.stringContaining('RE2') }],
  });
});

test.each(['a*', '^', '\\b', '(?:x|)', '$', 'a{0,3}'])('%s would block everything', async (pattern) => {
  await expect(check(pattern)).rejects.toMatchObject({
    errors: [{ message: 'must not match where there is no text' }],
  });
});

test.each([['x{1000}'], ['\\pL{200}\\pL{200}'], Array.from({ length: 50 }, () => '((\\pL{10}){10}){10}')])(
  'patterns that cost too much are refused: %s',
  async (...patterns) => {
    await expect(check(...patterns)).rejects.toMatchObject({ code: 'invalid_request' });
  },
);

test('patterns as they are written for use are accepted', async () => {
  await check('(?i)\\bproject (?:apollo|zeus)\\b', '\\d{4}-\\d{4}', '^internal:.{0,200}$', '\\p{Han}+', '(a+)+$');
  await checkPolicy(undefined);
  await checkPolicy(null);
});

test('names are given once', () => {
  const blocked_patterns = ['a', 'b'].map((pattern) => ({ name: 'same', pattern }));
  expect(v.safeParse(GuardrailPolicySchema, { blocked_patterns }).success).toBe(false);
});
