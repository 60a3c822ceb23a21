import type { Context } from 'hono';
import type * as v from 'valibot';
import type { HttpKit } from './kit.ts';
import { json } from './validate.ts';

const hasBody = ({ req }: Context): boolean =>
  req.header('content-type') !== undefined ||
  req.header('transfer-encoding') !== undefined ||
  (req.header('content-length') ?? '0') !== '0';

/** As `json`, for a request that may leave its body out: then it is `absent`. */
export function optionalJson<Schema extends v.GenericSchema>(
  kit: HttpKit,
  schema: Schema,
  absent: v.InferOutput<Schema> & object,
): ReturnType<typeof json<Schema>> {
  const parse = json(kit, schema);
  return (c, next) => {
    if (hasBody(c)) return parse(c, next);
    c.req.addValidatedData('json', absent);
    return next();
  };
}
