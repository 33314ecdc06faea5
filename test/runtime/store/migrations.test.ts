// Lifting a database of an older schema: what it ends up with, and the copy that is kept.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaVersion } from '../../../src/runtime/store/migrations.ts';
import { openDatabase } from '../../../src/runtime/store/open.ts';
import { SCHEMA_VERSION } from '../../../src/runtime/store/schema.ts';

const golden = join(import.meta.dirname, '../../golden/schema-1.sqlite');
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-migrations-'));
  file = join(folder, 'app.db');
  copyFileSync(golden, file);
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(database: string | Uint8Array | Database.Database): Database.Database {
  const fixed = { durability: 'relaxed', mustExist: false, maxBytes: 2 ** 30, storeId: 'own' } as const;
  return openDatabase({ ...fixed, database, allowNetworkFileSystem: true }).database;
}

/** The tables as they are, whatever statements made them. */
function shapeOf(database: Database.Database): unknown {
  const names = database
    .prepare<[], { name: string }>(`select name from sqlite_schema where name like 'troupe%' order by name`)
    .all();
  return names.map(({ name }) => ({
    name,
    columns: database.pragma(`table_info(${name})`),
    index: database.pragma(`index_info(${name})`),
  }));
}

describe('an older database', () => {
  it('gets the tables of a new one and keeps its rows', () => {
    const lifted = open(file);
    const fresh = open(':memory:');

    expect(schemaVersion(lifted)).toBe(SCHEMA_VERSION);
    expect(shapeOf(lifted)).toEqual(shapeOf(fresh));
    expect(lifted.prepare('select count(*) as n from troupe_messages').get()).toEqual({ n: 27 });
    expect(lifted.prepare('select lane from troupe_tasks').all()).toEqual([{ lane: '' }]);
    lifted.close();
  });

  it('is kept beside the file as it was, even where an earlier try left a copy', () => {
    const kept = `${file}.schema-1.backup`;
    writeFileSync(kept, 'an earlier copy');
    writeFileSync(`${kept}.part`, 'half of one');

    open(file).close();

    const copy = new Database(kept, { readonly: true });
    expect(schemaVersion(copy)).toBe(1);
    copy.close();
    expect(readdirSync(folder).filter(name => name.includes('backup'))).toEqual(['app.db.schema-1.backup']);
  });

  it('is lifted once', () => {
    open(file).close();
    rmSync(`${file}.schema-1.backup`);

    open(file).close();

    expect(existsSync(`${file}.schema-1.backup`)).toBe(false);
  });

  it('leaves no copy where it is an image, which its owner still has', () => {
    const lifted = open(readFileSync(golden));

    expect(schemaVersion(lifted)).toBe(SCHEMA_VERSION);
    expect(existsSync(':memory:.schema-1.backup')).toBe(false);
  });

  it('is lifted on a handle that was passed in', () => {
    const handle = new Database(file);

    expect(schemaVersion(open(handle))).toBe(SCHEMA_VERSION);

    handle.close();
  });
});
