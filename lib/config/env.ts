import * as v from 'valibot';
import { createLogger } from '#lib/telemetry/logger.ts';
import type { EnvironmentVariable } from './variables.ts';

export type EnvironmentFragment = Record<string, EnvironmentVariable<v.GenericSchema>>;

export type Environment<Fragment extends EnvironmentFragment> = {
  [Name in keyof Fragment]: v.InferOutput<Fragment[Name]['schema']>;
};

/** Names every variable that is wrong and what it should be; its value may be a secret and is not repeated. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid: ${problems.join('; ')}`);
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

/** The process's environment, over the given defaults. A bad one ends the process with status 1 and one line that says why. */
export function loadEnv<Fragment extends EnvironmentFragment>(
  fragment: Fragment,
  defaults: NodeJS.ProcessEnv = {},
): Environment<Fragment> {
  try {
    return parseEnv(fragment, { ...defaults, ...process.env });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    createLogger('error').error({ event: 'configuration_invalid', problems: error.problems });
    process.exit(1);
  }
}
