import { expect, test } from 'vitest';
import { ConfigurationError, parseEnv } from '#lib/config/env.ts';
import { serverEnv, stateEnv } from '#lib/config/variables.ts';
import { createState } from '#lib/state/create-state.ts';
import { createRecordedTelemetry } from '#tests/support/telemetry.ts';

const parse = (variables: Record<string, string>) => parseEnv({ ...stateEnv, DATA_DIR: serverEnv.DATA_DIR }, variables);
const create = (variables: Record<string, string>) => createState(parse(variables), createRecordedTelemetry());

test.each([
  [{ STATE_STORE: 'redis' }, ['REDIS_URL']],
  [{ STATE_STORE: 'upstash' }, ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN']],
  [{ STATE_STORE: 'upstash', UPSTASH_REDIS_REST_URL: 'https://example.test' }, ['UPSTASH_REDIS_REST_TOKEN']],
])('%j says which variables are missing', async (variables, missing) => {
  const error = await create(variables).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as ConfigurationError).problems.map((problem) => problem.split(' ')[0])).toEqual(missing);
});

test.each([
  'http://example.test',
  'redis://',
  'example.test:6379',
  'redis://:planted@%%%',
  'redis://:planted%ZZ@example.test',
  'redis://:planted@example.test/name',
  'redis://:planted@example.test,nonsense',
])('%s is no Redis URL, and is not repeated', (url) => {
  const problem =
    "REDIS_URL must be a redis or rediss URL, or those of a cluster's nodes between commas, with credentials escaped";
  expect(() => parse({ REDIS_URL: url })).toThrow(expect.objectContaining({ problems: [problem] }));
});

test('a Redis URL is taken apart', () => {
  const { REDIS_URL } = parse({ REDIS_URL: 'rediss://user:p%40ss%2Fword@[::1]:7000/3, redis://example.test' });
  expect(REDIS_URL).toEqual([
    { host: '::1', port: 7_000, isTls: true, username: 'user', password: 'p@ss/word', database: 3 },
    { host: 'example.test', port: 6_379, isTls: false, username: undefined, password: undefined, database: 0 },
  ]);
});
