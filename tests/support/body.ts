import * as v from 'valibot';

/** The body as the contract's schema knows it; a body that breaks the contract fails the test. */
export const parseBody = async <Schema extends v.GenericSchema>(
  schema: Schema,
  response: Response,
): Promise<v.InferOutput<Schema>> => v.parse(schema, await response.json());
