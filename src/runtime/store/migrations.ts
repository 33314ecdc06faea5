// Schema migrations: ordered, forward only, one transaction.
import type { Database } from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { HYBRID, SCHEMA_VERSION, TABLES } from './schema.ts';

/** What lifts a database from version 1 to 2, from 2 to 3, and so on; a new one gets the newest tables at once. */
const STEPS: readonly string[] = [
  `alter table troupe_tasks add column lane text not null default '';
   alter table troupe_dead_letters add column lane text;
   alter table troupe_turns add column detail text;
   alter table troupe_turns add column visit text;
   create index troupe_turns_visit on troupe_turns (visit) where visit is not null;`,
  HYBRID,
];

/** The schema version of a database: 0 when it has no tables of ours. */
export function schemaVersion(database: Database): number {
  const meta = database.prepare(`select 1 from sqlite_schema where type = 'table' and name = 'troupe_meta'`).get();
  if (!meta) return 0;
  const row = database
    .prepare<[], { value: number }>(`select value from troupe_meta where name = 'schema'`)
    .safeIntegers(false)
    .get();
  return row?.value ?? 0;
}

/** Brings the tables to the newest version. `backup` is called before an existing database is changed. */
export function migrate(database: Database, storeId: string, backup: (version: number) => void): void {
  const version = schemaVersion(database);
  if (version > SCHEMA_VERSION) {
    throw new TroupeError(
      'store-newer',
      `${database.name} has schema ${version}, this version of troupe understands ${SCHEMA_VERSION}. Use ` +
        'the newer library, or restore a backup.',
    );
  }
  if (version === SCHEMA_VERSION) return;
  if (version > 0) backup(version);
  database
    .transaction(() => {
      for (const step of version === 0 ? [TABLES] : STEPS.slice(version - 1)) database.exec(step);
      const put = database.prepare('insert or replace into troupe_meta (name, value) values (?, ?)');
      put.run('schema', SCHEMA_VERSION);
      if (version === 0) put.run('store_id', storeId);
    })
    .immediate();
}
