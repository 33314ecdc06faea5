// Retention: removes what nothing can need any more, one slice at a time (K15).
import type { Statements } from './statements.ts';
import { UNREGISTERED_MS, type Pruned, type RetentionPolicy } from './store.ts';

interface Slice {
  readonly policy: RetentionPolicy;
  readonly now: number;
  readonly slice: number;
  readonly after: Place;
}

/** The last position and the last effect that an earlier slice of a pass looked at. */
export interface Place {
  readonly position: number;
  readonly effect: number;
}

export const START: Place = { position: 0, effect: 0 };

/**
 * A row stays while an open delivery, task, dead letter, reply-to-be, reading subscription, living saga or
 * overdue monitor can need it.
 */
const NEEDED = `
  exists (select 1 from troupe_deliveries d where d.message = m.position)
  or exists (select 1 from troupe_tasks t where t.message = m.position)
  or exists (select 1 from troupe_dead_letters l where l.message = m.position)
  or exists (
    select 1 from troupe_deliveries d join troupe_messages e on e.position = d.message where e.cause = m.position
  )
  or exists (
    select 1 from troupe_states s
    where s.status in ('running', 'overdue') and s.conversation = coalesce(m.correlation, m.position)
  )`;

/** A finished saga stays while one of its conversation lives: that may have to undo it. */
const FINISHED = `
  status is not null and status <> 'running' and updated < ? and not exists (
    select 1 from troupe_states s where s.status = 'running' and s.conversation = troupe_states.conversation
  )`;

/** A claim is kept, marked ended, as long as the log holds a message it could apply to (K25). */
const DONE_WITH = `
  ended <= ? and not exists (select 1 from troupe_messages m where m.position between since and ended)`;

/** One slice; `more` is false when the pass reached the end of what is old enough. */
export function prune(sql: Statements, { policy, now, slice, after }: Slice): Pruned & { readonly next: Place } {
  const cursor = sql.get<{ low: number | null }>(
    `select min(cursor) as low from troupe_subscriptions
     where cursor is not null and (seen > ? or seen = (select max(opened) from troupe_epochs))`,
    now - UNREGISTERED_MS,
  )?.low;
  const candidates = sql.all<{ position: number; type: string; time: number; needed: number }>(
    `select m.position, m.type, m.time, (${NEEDED}) as needed from troupe_messages m
     where m.position > ? and m.position <= ? and m.time < ? order by m.position limit ?`,
    after.position,
    cursor ?? Number.MAX_SAFE_INTEGER,
    now - policy.logMs,
    slice,
  );
  const gone = candidates.filter(row => row.needed === 0 && row.time < now - (policy.keepMs[row.type] ?? 0));
  const positions = JSON.stringify(gone.map(row => row.position));
  if (gone.length > 0) {
    sql.run('delete from troupe_turns where message in (select value from json_each(?))', positions);
    sql.run('delete from troupe_messages where position in (select value from json_each(?))', positions);
  }
  const dedupe: Old = { table: 'troupe_idempotency', key: 'key', where: 'time < ?', before: now - policy.dedupeMs };
  const ended: Old = { table: 'troupe_states', key: 'id', where: FINISHED, before: now - policy.tombstonesMs };
  const claims: Old = {
    table: 'troupe_claims',
    key: 'command, key, since, saga',
    where: DONE_WITH,
    before: candidates.at(-1)?.position ?? after.position,
  };
  const keys = removeOld(sql, dedupe, slice);
  const removed = [keys, removeOld(sql, ended, slice), removeOld(sql, claims, slice)];
  const effects = pruneEffects(sql, { policy, now, slice, after });
  return {
    next: { position: candidates.at(-1)?.position ?? after.position, effect: effects.last },
    more: candidates.length === slice || effects.more || removed.includes(slice),
    keys,
  };
}

/** Their ids are in the order of time: who looks at them needs no index. */
function pruneEffects(
  sql: Statements,
  { policy, now, slice, after }: Slice,
): { readonly last: number; readonly more: boolean } {
  const rows = sql.all<{ id: number; old: number; gone: number }>(
    `select id, time < ? as old, state <> 'running'
       and not exists (select 1 from troupe_messages m where m.position = e.message) as gone
     from troupe_effects e where id > ? order by id limit ?`,
    now - policy.dedupeMs,
    after.effect,
    slice,
  );
  const gone = rows.filter(row => row.old === 1 && row.gone === 1).map(({ id }) => id);
  if (gone.length > 0) {
    sql.run('delete from troupe_effects where id in (select value from json_each(?))', JSON.stringify(gone));
  }
  const last = rows.at(-1);
  return { last: last?.id ?? after.effect, more: rows.length === slice && last?.old === 1 };
}

interface Old {
  readonly table: string;
  readonly key: string;
  readonly where: string;
  readonly before: number;
}

function removeOld(sql: Statements, { table, key, where, before }: Old, slice: number): number {
  const old = `select ${key} from ${table} where ${where} limit ?`;
  return sql.run(`delete from ${table} where (${key}) in (${old})`, before, slice).changes;
}
