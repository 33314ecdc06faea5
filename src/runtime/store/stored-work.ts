// Stored work: how much is open in a database, and for whom.
import { resolve } from 'node:path';
import { openToRead } from './read-states.ts';
import { Statements } from './statements.ts';
import { toStoreError } from './store-errors.ts';
import type { OpenWork, StoredWork } from './store.ts';

const OPEN = `
select s.name, s.handler, 'deliveries' as what, count(*) as count
  from troupe_deliveries d join troupe_subscriptions s on s.id = d.subscription group by s.id
union all select s.name, s.handler, 'tasks', count(*)
  from troupe_tasks t join troupe_subscriptions s on s.id = t.subscription group by s.id
union all select name, null, 'timers', count(*) from troupe_timers where name <> '' group by name
union all select message ->> 'type', null, 'delayed', count(*)
  from troupe_timers where name = '' and message ->> 'kind' = 'command' group by 1`;
const RUNNING = `select count(*) as count from troupe_states where address >= ? and address < ? and status = 'running'`;
const CLASH = `
with names (old, new) as (values (?, ?))
select 1 from names join troupe_subscriptions a on a.name = old
  join troupe_subscriptions b on b.name = new and b.handler = a.handler
union all select 1 from names join troupe_states a on a.address >= old || '/' and a.address < old || '0'
  join troupe_states b on b.address = new || substr(a.address, length(old) + 1) limit 1`;

/** Asks a database. */
export function storedWork(sql: Statements): StoredWork {
  return {
    names: sql.all<{ name: string }>('select distinct name from troupe_subscriptions').map(({ name }) => name),
    open: sql.all<OpenWork>(OPEN),
    running: name => sql.get<{ count: number }>(RUNNING, `${name}/`, `${name}0`)?.count ?? 0,
    clash: (from, to) => sql.get(CLASH, from, to) !== undefined,
  };
}

/**
 * Asks a file that another runtime may own, and closes it.
 *
 * @throws TroupeError `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other `store-…` codes
 */
export function readWork<T>(file: string, ask: (work: StoredWork) => T): T {
  const database = openToRead(file);
  try {
    return ask(storedWork(new Statements(database)));
  } catch (error) {
    throw toStoreError(error, `reading ${resolve(file)}`);
  } finally {
    database.close();
  }
}
