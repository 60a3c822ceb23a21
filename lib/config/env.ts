import * as v from 'valibot';
import { PlainError } from '#lib/core/plain-error.ts';
import { createLogger } from '#lib/telemetry/logger.ts';
import { readSecrets } from './secrets.ts';
import { secretsEnv, type EnvironmentVariable } from './variables.ts';

export type EnvironmentFragment = Record<string, EnvironmentVariable<v.GenericSchema>>;

export type Environment<Fragment extends EnvironmentFragment> = {
  [Name in keyof Fragment]: v.InferOutput<Fragment[Name]['schema']>;
};

/** Names every variable that is wrong and what it should be; its value may be a secret and is not repeated. */
export class ConfigurationError extends PlainError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(`The configuration is not valid: ${problems.join('; ')}`, options);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** Parses the variables of the fragment; an empty one counts as not set. Throws `ConfigurationError`. */
export function parseEnv<Fragment extends EnvironmentFragment>(
  fragment: Fragment,
  source: NodeJS.ProcessEnv,
): Environment<Fragment> {
  const problems: string[] = [];
  const entries = Object.entries(fragment).map(([name, { schema, expects }]) => {
    const result = v.safeParse(schema, source[name] === '' ? undefined : source[name]);
    if (!result.success) problems.push(`${name} must be ${expects}`);
    return [name, result.output] as const;
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.fromEntries(entries) as Environment<Fragment>;
}

/** The variables of the fragment that stand as files in `SECRETS_DIR`. */
function secretsOf(fragment: EnvironmentFragment): NodeJS.ProcessEnv {
  const { SECRETS_DIR: directory } = parseEnv(secretsEnv, process.env);
  if (directory === undefined) return {};
  try {
    return readSecrets(directory, Object.keys(fragment));
  } catch (error) {
    throw new ConfigurationError(['SECRETS_DIR must be a folder of readable files'], { cause: error });
  }
}

const givenOnly = (source: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));

/**
 * The process's environment, over the files in `SECRETS_DIR`, over the given defaults. A bad one ends the process with
 * status 1 and one line that says why.
 */
export function loadEnv<Fragment extends EnvironmentFragment>(
  fragment: Fragment,
  defaults: NodeJS.ProcessEnv = {},
): Environment<Fragment> {
  try {
    return parseEnv(fragment, { ...defaults, ...secretsOf(fragment), ...givenOnly(process.env) });
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof ConfigurationError)) throw error;
  createLogger('error').error({ event: 'configuration_invalid', problems: error.problems });
  process.exit(1);
}

/** Makes something of the environment; what this one does not allow ends the process like a bad variable. */
export async function whenConfigured<Made>(make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    return refuse(error);
  }
}
