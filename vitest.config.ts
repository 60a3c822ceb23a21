import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/{cluster,integration,manifests}/**'],
          // Modules are loaded once for all files of a worker: no code of ours keeps state in a module.
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          // The files share real servers and measure what happens when these fail: one after the other.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'isolation',
          // The suites of tenant isolation once more, on the engines that production uses.
          include: ['tests/isolation/*.test.ts'],
          env: { TEST_PLATFORM_ENGINES: 'real' },
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'manifests',
          // Needs kubectl, promtool, amtool and Alertmanager, no cluster.
          include: ['tests/manifests/**/*.test.ts'],
          globalSetup: ['tests/manifests/support/render-overlays.ts'],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'cluster',
          // A real, empty cluster with Knative: see tests/cluster/support/environment.ts for the variables that name it.
          include: ['tests/cluster/**/*.test.ts'],
          globalSetup: ['tests/cluster/support/install.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
