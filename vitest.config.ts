import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Pseudo-terminals and ports are handed from one process to the next by the system: a test may meet one that is not free yet.
    retry: 1,
    pool: 'forks',
    reporters: ['default', './test/support/closingLine.ts'],
    maxWorkers: 2,
  },
});
