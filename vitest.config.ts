// How the tests run: one process per file, two at a time, with `troupe` meaning the source.
import { defineConfig } from 'vitest/config';
import { entries } from './scripts/entries.mjs';

export default defineConfig({
  resolve: { alias: entries().map(entry => ({ find: new RegExp(`^${entry.name}$`), replacement: entry.source })) },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
  },
});
