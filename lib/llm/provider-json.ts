import * as v from 'valibot';
import { ProviderError } from './provider-error.ts';

const ErrorPayloadSchema = v.looseObject({ error: v.unknown() });
const Status = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform(Number),
  v.integer(),
  v.minValue(400),
  v.maxValue(599),
);
const ErrorSchema = v.object({ code: Status });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProviderError('The provider sent no JSON', { cause });
  }
}

/** Some providers tell of a failure, and of its status, in the place of an answer. */
function refuseError({ error }: { error?: unknown }): void {
  if (error === undefined || error === null) return;
  const parsed = v.safeParse(ErrorSchema, error);
  throw new ProviderError('The provider sent an error', {
    statusCode: parsed.success ? parsed.output.code : undefined,
  });
}

/**
 * What a provider has sent, as the schema has it. What `isKnown` says to be as it would come out, and no error, is
 * not looked at again.
 * Throws `ProviderError` for anything else, and for an error in its place.
 */
export function parseProviderJson<Schema extends v.GenericSchema<unknown, { error?: unknown }>>(
  schema: Schema,
  text: string,
  isKnown?: (body: unknown) => body is v.InferOutput<Schema>,
): v.InferOutput<Schema> {
  const body = parseJson(text);
  if (isKnown?.(body)) return body;
  const parsed = v.safeParse(schema, body);
  if (parsed.success) {
    refuseError(parsed.output);
    return parsed.output;
  }
  if (v.is(ErrorPayloadSchema, body)) refuseError(body);
  throw new ProviderError(`The provider sent something else: ${v.getDotPath(parsed.issues[0]) ?? ''}`);
}
