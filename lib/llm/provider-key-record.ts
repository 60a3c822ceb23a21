import * as v from 'valibot';
import { SealedSchema } from './provider-key-cipher.ts';

/** As the catalogue names providers; whether it knows this one shows when it is asked. */
export const ProviderIdSchema = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/));

const ProviderKeyRecordSchema = v.strictObject({
  provider: ProviderIdSchema,
  created_at: v.string(),
  /** The key's last characters, to tell it from others by. */
  hint: v.string(),
  sealed: SealedSchema,
});

export type ProviderKeyRecord = v.InferOutput<typeof ProviderKeyRecordSchema>;

export const parseProviderKeyRecord = (value: string): ProviderKeyRecord =>
  v.parse(ProviderKeyRecordSchema, JSON.parse(value));

/** A short key would be half told by its last characters. */
export const toHint = (apiKey: string): string => (apiKey.length < 16 ? '' : apiKey.slice(-4));

/** As clients see it. */
export const toProviderKeyBody = ({ provider, created_at, hint }: ProviderKeyRecord) => ({
  provider,
  created_at,
  hint,
});
