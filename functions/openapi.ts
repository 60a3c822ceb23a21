import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { problems, type ProblemCode } from '#lib/core/api-error.ts';
import { OpenAIErrorSchema } from '#lib/gateway/openai-error.ts';
import type { RouteContract } from '#lib/http/contract.ts';
import { FilterSchema, MetadataSchema } from '#lib/retrieval/filter.ts';
import { routes as auditRoutes } from './audit/contract.ts';
import { routes as authRoutes } from './auth/contract.ts';
import { routes as chatRoutes } from './chat/contract.ts';
import { routes as documentsRoutes } from './documents/contract.ts';
import { routes as queryRoutes } from './query/contract.ts';
import { routes as searchRoutes } from './search/contract.ts';
import { routes as tenantsRoutes } from './tenants/contract.ts';
import { keyRoutes } from './tenants/keys-contract.ts';
import { routes as usageRoutes } from './usage/contract.ts';

/** Every route of the platform by the function that serves it. */
export const routesByFunction: Readonly<Record<string, readonly RouteContract[]>> = {
  query: queryRoutes,
  chat: chatRoutes,
  search: searchRoutes,
  documents: documentsRoutes,
  auth: authRoutes,
  tenants: [...tenantsRoutes, ...keyRoutes],
  usage: usageRoutes,
  audit: auditRoutes,
};

type Json = Record<string, unknown>;

const ProblemSchema = v.strictObject({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.picklist(Object.keys(problems)),
  detail: v.optional(v.string()),
  errors: v.optional(v.array(v.strictObject({ path: v.string(), message: v.string() }))),
  retry_after: v.optional(v.number()),
  request_id: v.string(),
});

/** Schemas that JSON Schema says less about than they check. */
const simplified = new Map<v.GenericSchema, Json>([
  [
    MetadataSchema,
    { type: 'object', additionalProperties: true, description: 'At most 200 values, nested or in lists' },
  ],
  [
    FilterSchema,
    {
      type: 'object',
      maxProperties: 20,
      description: 'All must hold: a value, one of several values, or a range, by the dotted path of a metadata field',
      additionalProperties: {
        anyOf: [
          { type: ['string', 'number', 'boolean'] },
          { type: 'array', minItems: 1, maxItems: 100, items: { type: ['string', 'number', 'boolean'] } },
          {
            type: 'object',
            additionalProperties: false,
            properties: { gte: { type: ['string', 'number'] }, lte: { type: ['string', 'number'] } },
          },
        ],
      },
    },
  ],
]);

const firstOf = (schema: v.GenericSchema): unknown =>
  'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe[0] : schema;

function toSchema(schema: v.GenericSchema, typeMode: 'input' | 'output'): Json {
  // What `$defs` holds is part of a simplified schema.
  const {
    $schema: _schema,
    $defs: _definitions,
    ...json
  } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    errorMode: 'ignore',
    typeMode,
    // Of a pipe, the converter shows its first schema.
    overrideSchema: ({ valibotSchema }) =>
      [...simplified].find(([known]) => firstOf(known) === firstOf(valibotSchema))?.[1],
  });
  return json;
}

const sharedErrors: ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'tenant_unknown',
  'tenant_suspended',
  'tenant_mismatch',
  'internal',
  'state_unavailable',
  'auth_unavailable',
];

const admissionErrors: ProblemCode[] = ['budget_exhausted', 'rate_limited', 'concurrency_limited', 'overloaded'];

/** Codes by the status they are sent with. */
function toErrorResponses(route: RouteContract): Json {
  const { access, json, query, isIdempotent = false, isAdmitted = false, errorBody = 'Problem', errors } = route;
  const mediaType = errorBody === 'Problem' ? 'application/problem+json' : 'application/json';
  const codes = new Set<ProblemCode>([
    ...(access === 'public' ? [] : sharedErrors),
    ...(json ? (['invalid_request', 'too_large', 'unsupported_media_type'] as const) : []),
    ...(query ? (['invalid_request'] as const) : []),
    ...(isIdempotent ? (['invalid_request', 'conflict', 'idempotency_conflict'] as const) : []),
    ...(isAdmitted ? admissionErrors : []),
    ...errors,
  ]);
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.toSorted().join(', '),
        content: { [mediaType]: { schema: { $ref: `#/components/schemas/${errorBody}` } } },
      },
    ]),
  );
}

function toResponses({ responses }: RouteContract): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { description, schema, also = [] }]) => {
      const content = {
        ...(schema ? { 'application/json': { schema: toSchema(schema, 'output') } } : {}),
        ...Object.fromEntries(also.map((type) => [type, { schema: { type: 'string' } }])),
      };
      return [status, { description, ...(Object.keys(content).length > 0 ? { content } : {}) }];
    }),
  );
}

/** The entries of an object schema as parameters. */
function toParameters(schema: v.GenericSchema | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties, required } = v.parse(
    v.object({
      properties: v.record(v.string(), v.record(v.string(), v.unknown())),
      required: v.optional(v.array(v.string()), []),
    }),
    toSchema(schema, 'input'),
  );
  return Object.entries(properties).map(([name, parameter]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: parameter,
  }));
}

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Sent again with the same key, the same request of the same user is not carried out again: for 24 hours it has the ' +
    'answer that it had, marked with `idempotency-replayed: true`',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
};

function toOperation(tag: string, route: RouteContract): Json {
  const parameters = [
    ...toParameters(route.param, 'path'),
    ...toParameters(route.query, 'query'),
    ...(route.isIdempotent ? [idempotencyKey] : []),
  ];
  const others = (route.accepts ?? []).map((type) => [type, { schema: { type: 'string' } }] as const);
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [tag],
    ...(route.access === 'public' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.json
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(route.json, 'input') }, ...Object.fromEntries(others) },
          },
        }
      : {}),
    responses: { ...toResponses(route), ...toErrorResponses(route) },
  };
}

/** The OpenAPI 3.1 document, made from the schemas that the routes check their input with. */
export function toOpenApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [tag, routes] of Object.entries(routesByFunction)) {
    for (const route of routes) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [route.method]: toOperation(tag, route) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'genai-platform', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    tags: Object.keys(routesByFunction).map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A JWT or an API key' } },
      schemas: {
        Problem: toSchema(ProblemSchema, 'output'),
        OpenAIError: toSchema(OpenAIErrorSchema, 'output'),
      },
    },
  };
}
