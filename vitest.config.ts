// How the tests run: one process per file, two at a time, with `troupe` meaning the source.
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { entries } from './scripts/entries.mjs';

/** Keeps the tests that install packages for the end: everything else says sooner what is wrong. */
class SlowLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- this sort is vitest's own, and returns a new list.
    const sorted = await super.sort(files);
    const isSlow = (file: TestSpecification): boolean => file.moduleId.endsWith('/test/package.test.ts');
    return [...sorted.filter(file => !isSlow(file)), ...sorted.filter(isSlow)];
  }
}

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
    sequence: { sequencer: SlowLast },
  },
});
