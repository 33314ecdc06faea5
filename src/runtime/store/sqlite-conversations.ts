// Conversations in SQLite: how they stand, counted from what is open, in one statement per page.
import { MONITOR_PREFIX } from '../message/address.ts';
import type { ConversationRow, Conversations, ConversationStatus } from './store.ts';
import type { Statements } from './statements.ts';

const IS_MONITOR = (column: string): string => `substr(${column}, 1, ${MONITOR_PREFIX.length}) = '${MONITOR_PREFIX}'`;
const ROOT = 'coalesce(m.correlation, m.position)';

/** Everything that is open, counted by conversation; a monitor's timer is not: it moves nothing. */
const OPEN = `with open as materialized (
  select root, sum(what = 'waiting') as waiting, sum(what = 'retrying') as retrying, sum(what = 'stashed') as stashed,
    sum(what = 'deferred') as owed, sum(what = 'task') as tasks, sum(what = 'timer') as timers,
    sum(what = 'dead') as dead, sum(what <> 'dead') as moving
  from (
    select ${ROOT} as root,
      case when d.status <> 'open' then d.status when d.attempts > 0 then 'retrying' else 'waiting' end as what
    from troupe_deliveries d join troupe_messages m on m.position = d.message
    union all select ${ROOT}, 'task' from troupe_tasks t join troupe_messages m on m.position = t.message
    union all select ${ROOT}, 'dead' from troupe_dead_letters l join troupe_messages m on m.position = l.message
    union all select message ->> 'correlation', 'timer' from troupe_timers
      where fired = 0 and not (${IS_MONITOR('name')}) and message ->> 'correlation' is not null
  ) group by root
)`;

/** Sagas and monitors of a conversation; `fates` has each pair of kind and status. */
const OF_ROOT = `from troupe_states s where s.conversation = ${ROOT}`;
const FATES = `(select group_concat(iif(${IS_MONITOR('s.address')}, 'monitor ', 'saga ') || s.status) ${OF_ROOT})`;
const INSTANCES = `(
  select json_group_array(json_object('address', s.address, 'status', s.status,
    'data', iif(${IS_MONITOR('s.address')}, json(s.data), null))) ${OF_ROOT}
)`;

const STATUS = `case
  when dead > 0 or fates like '%saga %failed%' then 'failed'
  when instr(fates, 'monitor overdue') then 'overdue'
  when moving > 0 or instr(fates, 'saga running') then 'running'
  when fates is null or instr(fates, 'monitor running') then 'quiet'
  else 'completed'
end`;

const LAST = `(select x.time from troupe_messages x where x.correlation = ${ROOT} order by x.position desc limit 1)`;

/** The first message of its conversation. A caller's own text stands in that one too. */
const IS_FIRST = `m.kind in ('event', 'command') and (m.correlation is null or (
  typeof(m.correlation) = 'text'
  and m.position = (select min(r.position) from troupe_messages r where r.correlation = m.correlation)
))`;

const COUNTS = 'waiting, retrying, stashed, owed, tasks, timers, dead'
  .split(', ')
  .map(name => `coalesce(${name}, 0) as ${name}`)
  .join(', ');

/** Where a status is rare, the log is not searched for it: what is open, or has ended, leads there. */
const LEADS: Readonly<Partial<Record<ConversationStatus, string>>> = {
  failed: `select root from open where dead > 0
    union select conversation from troupe_states where conversation is not null and status like '%failed'`,
  overdue: `select conversation from troupe_states where conversation is not null and status = 'overdue'`,
  running: `select root from open where moving > 0
    union select conversation from troupe_states where conversation is not null and status = 'running'`,
  completed: 'select conversation from troupe_states where conversation is not null',
};

const firstOf = (leads: string): string => `m.position in (
  select iif(typeof(l.root) = 'text',
    (select min(r.position) from troupe_messages r where r.correlation = l.root), l.root)
  from (select null as root where 0 union all ${leads}) l
)`;

function select(where: string, status: ConversationStatus | undefined): string {
  const rows = `select ${ROOT} as root, m.position as first, m.type, m.key, m.time as startedAt,
      coalesce(${LAST}, m.time) as lastAt, ${COUNTS}, coalesce(moving, 0) as moving,
      ${FATES} as fates, ${INSTANCES} as instances
    from troupe_messages m left join open on open.root = ${ROOT} where ${where}`;
  const columns = `root, first, type, key, startedAt, lastAt, ${STATUS} as status, waiting, retrying, stashed, owed,
    tasks, timers, dead as deadLetters, instances`;
  const filter = status === undefined ? '' : `where status = '${status}'`;
  return `${OPEN} select * from (select ${columns} from (${rows})) ${filter} order by first desc limit ?`;
}

export class SqliteConversations implements Conversations {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  get(root: number | string): ConversationRow | undefined {
    const first =
      typeof root === 'number'
        ? root
        : this.#sql.get<{ first: number | null }>(
            'select min(position) as first from troupe_messages where correlation = ?',
            root,
          )?.first;
    return this.#sql.get(select('m.position = ?', undefined), first ?? 0, 1);
  }

  list(
    status: ConversationStatus | undefined,
    { limit, before }: { readonly limit: number; readonly before: number },
  ): ConversationRow[] {
    const leads = status && LEADS[status];
    const where = `m.position < ? and ${IS_FIRST}${leads === undefined ? '' : ` and ${firstOf(leads)}`}`;
    return this.#sql.all(select(where, status), before, limit);
  }

  having(type: string, key: string): number | string | undefined {
    const sql = `select ${ROOT} as root from troupe_messages m where m.type = ? and m.key = ?
      order by m.position desc limit 1`;
    return this.#sql.get<{ root: number | string }>(sql, type, key)?.root;
  }
}
