import * as v from 'valibot';
import type { Problem } from '#lib/core/api-error.ts';

/** An error as OpenAI's API tells of it, and as its clients make their typed errors from. */
export const OpenAIErrorSchema = v.strictObject({
  error: v.strictObject({
    message: v.string(),
    type: v.string(),
    param: v.nullable(v.string()),
    code: v.string(),
  }),
  request_id: v.string(),
});

export type OpenAIError = v.InferOutput<typeof OpenAIErrorSchema>;

const types = new Map<number, string>([
  [401, 'invalid_api_key'],
  [402, 'insufficient_quota'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_exceeded'],
]);

const typeOf = (status: number): string =>
  types.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');

export function toOpenAIError({ status, title, code, detail, errors = [], request_id }: Problem): OpenAIError {
  const wrong = errors.map(({ path, message }) => (path === '' ? `The body ${message}` : `${path}: ${message}`));
  const message = wrong.length > 0 ? wrong.join('; ') : (detail ?? title);
  return { error: { message, type: typeOf(status), param: errors[0]?.path || null, code }, request_id };
}
