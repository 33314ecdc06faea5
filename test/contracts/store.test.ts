import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockFile } from '../../src/runtime/store/lock.ts';
import { lockPath, openDatabase, type OpenOptions } from '../../src/runtime/store/open.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite-store.ts';
import { storeContract, type StoreHarness } from '../../src/testing/store-contract.ts';
import { resolveOptions } from '../../src/runtime/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-contract-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(database: OpenOptions['database']): SqliteStore {
  const options = { ...resolveOptions({ database }), storeId: 'contract' };
  const path = lockPath(options);
  return new SqliteStore(openDatabase(options), path === undefined ? undefined : lockFile(path));
}

let files = 0;

const harnesses: Readonly<Record<string, StoreHarness>> = {
  'in memory': {
    create: () => open(':memory:'),
    reopen: store => open(store.serialize()),
  },
  'on a file': {
    create: () => open(join(folder, `${(files += 1)}.db`)),
    reopen: (store, how) => {
      // A crash leaves the file and its WAL as they are; an image of the two is what a new process would see.
      const image = how === 'crashed' ? store.serialize() : undefined;
      store.close();
      return open(image ?? store.info.file);
    },
  },
};

for (const [where, harness] of Object.entries(harnesses)) {
  describe(`SqliteStore ${where} keeps the contract: it`, () => {
    for (const { name, run } of storeContract) {
      it(name, () => {
        expect(() => run(harness)).not.toThrow();
      });
    }
  });
}
