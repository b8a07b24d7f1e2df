import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    setupFiles: ['./test/support/ownWorkspace.ts'],
    // The boards of whoever runs the tests are no part of them.
    env: { MCUNET_BOARDS: join(import.meta.dirname, 'test/no-own-boards') },
    // Pseudo-terminals, ports and emulators' clocks are the system's: where nobody looks on, a test that failed is tried
    // again, and the report says so. At a desk a failure shows at once.
    retry: process.env.CI === undefined ? 0 : 2,
    pool: 'forks',
    reporters: ['default', './test/support/closingLine.ts'],
    maxWorkers: 2,
  },
});
