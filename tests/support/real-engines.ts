/** A real server's address, without which the suite fails. */
export function requireVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must name a running server: see CONTRIBUTING.md`);
  return value;
}

/** The variables of a platform on OpenSearch behind its security plugin, as production has it. */
export const secureSearchEnv = (): Record<string, string> => ({
  SEARCH_ENGINE: 'opensearch',
  OPENSEARCH_URL: requireVariable('TEST_OPENSEARCH_SECURE_URL'),
  OPENSEARCH_CA_FILE: requireVariable('TEST_OPENSEARCH_CA_FILE'),
  OPENSEARCH_USERNAME: 'genai',
  OPENSEARCH_PASSWORD: requireVariable('TEST_OPENSEARCH_PASSWORD'),
  OPENSEARCH_SECURITY: 'jwt',
  OPENSEARCH_JWT_SECRET: requireVariable('TEST_OPENSEARCH_JWT_SECRET'),
});

/** What every test platform of the run stands on, beside what the test says: set by the project of vitest.config.ts. */
export const engineEnv = (): Record<string, string> =>
  process.env['TEST_PLATFORM_ENGINES'] === 'real' ? secureSearchEnv() : {};
