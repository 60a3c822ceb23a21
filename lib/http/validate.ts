import type { MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import { ApiError, invalidRequest, type FieldError } from '#lib/core/api-error.ts';
import { mentionsIn } from '#lib/tenancy/tenant-mention.ts';
import type { ActorEnvironment } from './environment.ts';
import { issueMessage } from '#lib/core/issue-message.ts';
import { decodeUtf8, parseJsonText } from '#lib/core/json-text.ts';
import type { HttpKit } from './kit.ts';
import { readBody } from './read-body.ts';
import type { ReceiveUpload } from './receive-upload.ts';

const jsonLimit = 1024 * 1024;
const jsonLimits = { depth: 32, keys: 10_000 };

type Target = 'json' | 'query' | 'param';

const toFieldErrors = (issues: readonly v.BaseIssue<unknown>[]): FieldError[] =>
  issues.slice(0, 20).map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issueMessage(issue) }));

/** The value as the schema gives it back. Throws `invalid_request` with what is wrong where. */
function parseInput<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  throw new ApiError('invalid_request', undefined, { errors: toFieldErrors(result.issues) });
}

/** The tenant's own name may stand in a body beside the known fields; it carries no meaning. */
function toFields(body: unknown): object {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw invalidRequest('', 'must be an object');
  }
  const { tenant_id: _, ...fields } = { tenant_id: undefined, ...body };
  return fields;
}

const receiveSmall: ReceiveUpload = async (request) => ({
  bytes: await readBody(request, jsonLimit),
  release: () => undefined,
});

const mediaTypeOf = (header: string | undefined): string => header?.split(';')[0]?.trim().toLowerCase() ?? '';

type Validated<T extends Target, Schema extends v.GenericSchema> = MiddlewareHandler<
  ActorEnvironment,
  string,
  { in: Record<T, v.InferInput<Schema>>; out: Record<T, v.InferOutput<Schema>> }
>;

/** A JSON body, of at most 1 MiB where nothing else is said. Throws `too_large`, `unsupported_media_type`, `invalid_request`, `tenant_mismatch`. */
export const json =
  <Schema extends v.GenericSchema>(
    kit: HttpKit,
    schema: Schema,
    { receive = receiveSmall }: { receive?: ReceiveUpload } = {},
  ): Validated<'json', Schema> =>
  async (c, next) => {
    if (mediaTypeOf(c.req.header('content-type')) !== 'application/json') {
      throw new ApiError('unsupported_media_type', 'The body must be application/json');
    }
    const { bytes, release } = await receive(c.req.raw, c.get('signal'), c.get('actor'));
    try {
      const body = parseJsonText(decodeUtf8(bytes), jsonLimits);
      for (const named of mentionsIn(body)) kit.checkMention(c.get('actor'), 'body', named);
      c.req.addValidatedData('json', parseInput(schema, toFields(body)) as object);
      await next();
    } finally {
      // A stream goes on with what the body held.
      void Promise.resolve(c.get('done')).then(release, release);
    }
  };

/** The query parameters; one given twice, or unknown to the schema, is refused. */
export const query =
  <Schema extends v.GenericSchema>(schema: Schema): Validated<'query', Schema> =>
  async (c, next) => {
    const given = Object.entries(c.req.queries()).filter(([name]) => name !== 'tenant_id' && name !== 'tenant');
    const input = Object.fromEntries(given.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
    c.req.addValidatedData('query', parseInput(schema, input) as object);
    await next();
  };

/** The path's parameters. One that does not fit the schema can't name anything: `not_found`. */
export const param =
  <Schema extends v.GenericSchema>(schema: Schema): Validated<'param', Schema> =>
  async (c, next) => {
    const result = v.safeParse(schema, c.req.param());
    if (!result.success) throw new ApiError('not_found');
    c.req.addValidatedData('param', result.output as object);
    await next();
  };
