import * as v from 'valibot';
import { expect, test } from 'vitest';
import { issueMessage } from '#lib/core/issue-message.ts';

const messageFor = (schema: v.GenericSchema, input: unknown): string => {
  const { issues } = v.safeParse(schema, input);
  return issues ? issueMessage(issues[0]) : '';
};

test.each([
  [v.number(), 'a secret but received "more"', 'Invalid type: Expected number'],
  [v.picklist(['a', 'b']), 'a\nsecret', 'Invalid type: Expected ("a" | "b")'],
  [v.pipe(v.string(), v.regex(/^a$/, 'must be a')), 'secret', 'must be a'],
  [v.strictObject({}), { secret: 'secret' }, 'Invalid key: Expected never'],
])('what was expected is told, and not what was given: %#', (schema, input, message) => {
  expect(messageFor(schema, input)).toBe(message);
});
