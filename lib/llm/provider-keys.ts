import * as v from 'valibot';

const Keys = v.record(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)), v.pipe(v.string(), v.minLength(1)));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `LLM_PROVIDER_KEYS`: API keys by the ids that providers have in the catalogue. */
export const ProviderKeysSchema = v.pipe(v.string(), v.transform(parseJson), Keys);
