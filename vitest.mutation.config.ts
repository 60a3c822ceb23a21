import { defineConfig } from 'vitest/config';

/** The tests that guard isolation: each mutant of it must fail one of them. */
export default defineConfig({
  test: {
    include: [
      'tests/{isolation,tenancy,auth}/**/*.test.ts',
      'tests/functions/tenants/**/*.test.ts',
      'tests/retrieval/engine-sqlite.test.ts',
    ],
    isolate: false,
    testTimeout: 20_000,
  },
});
