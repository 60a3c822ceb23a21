import * as v from 'valibot';
import { TrustedProxiesSchema } from '#lib/http/trusted-proxies.ts';
import { JwtSecretSchema, PrivateJwkTextSchema } from '#lib/auth/signing-keys.ts';
import { UpstreamTemplateSchema } from '#lib/edge/upstream-template.ts';
import { ProviderKeysSchema } from '#lib/llm/provider-keys.ts';
import { RedisUrlSchema } from '#lib/state/redis-url.ts';
import { logLevels } from '#lib/telemetry/logger.ts';

export interface EnvironmentVariable<Schema extends v.GenericSchema> {
  schema: Schema;
  /** Completes "<NAME> must be …". */
  expects: string;
}

const variable = <Schema extends v.GenericSchema>(schema: Schema, expects: string): EnvironmentVariable<Schema> => ({
  schema,
  expects,
});

const integer = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(min), v.maxValue(max));
const withDefault = <Schema extends v.GenericSchema<string, unknown>>(schema: Schema, value: string) =>
  v.optional(schema, value as v.InferInput<Schema>);
const flag = v.pipe(
  v.picklist(['true', 'false']),
  v.transform((text) => text === 'true'),
);
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096));
const httpUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/));

const port = (fallback: string) => variable(withDefault(integer(0, 65_535), fallback), 'a port number');
const optionalText = variable(v.optional(text), 'a text of at most 4096 characters');
const optionalUrl = variable(v.optional(httpUrl), 'an http or https URL');

/** Where the other variables may stand as files. */
export const secretsEnv = { SECRETS_DIR: optionalText };

export const serverEnv = {
  PORT: port('8000'),
  METRICS_PORT: port('9090'),
  LOG_LEVEL: variable(withDefault(v.picklist(logLevels), 'info'), `one of ${logLevels.join(', ')}`),
  TRUSTED_PROXIES: variable(v.optional(TrustedProxiesSchema, ''), 'networks in CIDR notation between commas'),
  TENANT_HOST_SUFFIX: variable(
    v.optional(v.pipe(text, v.startsWith('.'), v.toLowerCase())),
    'a host name suffix that begins with a dot',
  ),
  DATA_DIR: variable(withDefault(text, '.data'), 'the path of a folder'),
  /** Read by Node itself; known here so that its end is seen to come. */
  NODE_EXTRA_CA_CERTS: optionalText,
  /** Set by Knative. */
  K_REVISION: optionalText,
};

/** Where telemetry is sent to, by OpenTelemetry's own names. */
export const telemetryEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: optionalUrl,
  OTEL_METRICS_EXPORTER: variable(withDefault(v.picklist(['otlp', 'none']), 'otlp'), 'otlp or none'),
  OTEL_TRACES_SAMPLER_ARG: variable(
    withDefault(v.pipe(v.string(), v.regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0)?)$/), v.transform(Number)), '1'),
    'a number from 0 to 1',
  ),
  TRACE_SLOW_MILLISECONDS: variable(withDefault(integer(1, 600_000), '5000'), 'a number from 1 to 600000'),
  /** Set by Knative. */
  K_SERVICE: optionalText,
};

export const authEnv = {
  JWT_SECRET: variable(
    v.optional(JwtSecretSchema),
    'a secret of at least 32 bytes, or a JSON object of such secrets by key id',
  ),
  JWT_PRIVATE_KEY: variable(
    v.optional(PrivateJwkTextSchema),
    'a private JWK (EdDSA, ES256, ES384, RS256 or PS256) with kid and alg',
  ),
  JWT_ISSUER: optionalText,
  JWT_AUDIENCE: optionalText,
  JWKS_URL: optionalUrl,
  JWT_TENANT_CLAIM: variable(withDefault(text, 'tenant_id'), 'the name of a claim'),
  JWT_ROLE_CLAIM: variable(withDefault(text, 'role'), 'the name of a claim'),
  JWT_GROUPS_CLAIM: variable(withDefault(text, 'groups'), 'the name of a claim'),
  TENANT_AUTO_CREATE: variable(withDefault(flag, 'false'), 'true or false'),
};

export const stateEnv = {
  STATE_STORE: variable(
    withDefault(v.picklist(['embedded', 'redis', 'upstash']), 'embedded'),
    'embedded, redis or upstash',
  ),
  STATE_TIMEOUT_MILLISECONDS: variable(withDefault(integer(5, 10_000), '75'), 'a number from 5 to 10000'),
  LEDGER_MAX_ENTRIES: variable(withDefault(integer(1, 100_000_000), '100000'), 'a number from 1 to 100000000'),
  REDIS_URL: variable(
    v.optional(RedisUrlSchema),
    "a redis or rediss URL, or those of a cluster's nodes between commas, with credentials escaped",
  ),
  REDIS_CLUSTER: variable(withDefault(flag, 'false'), 'true or false'),
  REDIS_MAX_CONNECTIONS: variable(withDefault(integer(1, 1_000), '50'), 'a number from 1 to 1000'),
  DB_PASSWORD: optionalText,
  UPSTASH_REDIS_REST_URL: optionalUrl,
  UPSTASH_REDIS_REST_TOKEN: optionalText,
};

/** Where documents and the audit trail are kept. */
export const engineEnv = {
  SEARCH_ENGINE: variable(withDefault(v.picklist(['embedded', 'opensearch']), 'embedded'), 'embedded or opensearch'),
  OPENSEARCH_URL: optionalUrl,
  OPENSEARCH_USERNAME: optionalText,
  OPENSEARCH_PASSWORD: optionalText,
  OPENSEARCH_CA_FILE: optionalText,
  OPENSEARCH_SECURITY: variable(withDefault(v.picklist(['none', 'basic', 'jwt']), 'none'), 'none, basic or jwt'),
  OPENSEARCH_JWT_SECRET: variable(
    v.optional(
      v.pipe(
        text,
        v.check((secret) => Buffer.byteLength(secret) >= 32),
        v.transform((secret) => new TextEncoder().encode(secret)),
      ),
    ),
    'a secret of at least 32 bytes',
  ),
  OPENSEARCH_KNN_ENGINE: variable(withDefault(v.picklist(['lucene', 'faiss']), 'lucene'), 'lucene or faiss'),
  OPENSEARCH_REPLICAS: variable(withDefault(integer(0, 10), '0'), 'a number from 0 to 10'),
};

export const searchEnv = {
  ...engineEnv,
  EMBEDDINGS_BASE_URL: optionalUrl,
  EMBEDDINGS_API_KEY: optionalText,
  EMBEDDINGS_MODEL: optionalText,
  EMBEDDINGS_DIMENSIONS: variable(v.optional(integer(2, 16_000)), 'a number from 2 to 16000'),
};

export const edgeEnv = {
  EDGE_UPSTREAM: variable(
    UpstreamTemplateSchema,
    'an http or https URL without a path, with {function} in its host name',
  ),
};

export const llmEnv = {
  LLM_BASE_URL: optionalUrl,
  LLM_API_KEY: optionalText,
  LLM_MODEL: optionalText,
  LLM_CATALOG: variable(
    v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1_000_000))),
    'a catalogue of models as JSON, or the path of a file that holds one',
  ),
  LLM_PROVIDER_KEYS: variable(
    v.optional(ProviderKeysSchema),
    "a JSON object of API keys by the catalogue's ids of providers",
  ),
};

const estimate = variable(
  withDefault(v.pipe(v.string(), v.regex(/^\d{1,4}(?:\.\d{1,9})?$/), v.transform(Number)), '0'),
  'an amount of dollars with at most 9 decimals',
);

/** What functions that cost something need to know of the pods they are, and of what the platform itself costs. */
export const admissionEnv = {
  MAX_IN_FLIGHT: variable(withDefault(integer(1, 100_000), '500'), 'a number from 1 to 100000'),
  MAX_PODS: variable(withDefault(integer(1, 10_000), '20'), 'a number from 1 to 10000'),
  ESTIMATE_SEARCH_DOLLARS: estimate,
  ESTIMATE_POD_SECOND_DOLLARS: estimate,
};

export const cacheEnv = {
  CACHE_TTL_SECONDS: variable(withDefault(integer(0, 2_592_000), '3600'), 'a number of seconds up to 2592000'),
};

export const auditEnv = {
  AUDIT_RETENTION_DAYS: variable(withDefault(integer(1, 36_500), '400'), 'a number of days up to 36500'),
};

/** What tenants' own keys of providers are encrypted with. */
export const providerKeyEnv = {
  PROVIDER_KEY_SECRET: variable(
    v.optional(JwtSecretSchema),
    'a secret of at least 32 bytes, or a JSON object of such secrets by id',
  ),
};
