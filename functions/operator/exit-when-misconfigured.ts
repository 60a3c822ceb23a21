import { ConfigurationError } from '#lib/config/env.ts';

/** What the environment does not allow ends the tool with status 1 and one line that says why. */
export async function exitWhenMisconfigured<Made>(make: () => Made | Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
