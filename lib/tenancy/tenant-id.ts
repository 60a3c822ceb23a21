import * as v from 'valibot';

/**
 * A tenant's name. The pattern leaves no room for a wildcard, list, path or separator, so that an id
 * can neither address another tenant nor be the prefix of one in a key, an index or a file name.
 */
export const TenantIdSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, not at either end a -'),
  v.brand('TenantId'),
);

export type TenantId = v.InferOutput<typeof TenantIdSchema>;

/** The id, or `undefined` where the value is not one. */
export function parseTenantId(value: unknown): TenantId | undefined {
  const result = v.safeParse(TenantIdSchema, value);
  return result.success ? result.output : undefined;
}
