// Conversations in SQLite: how they stand, counted from what is open, in one statement per page.
import { MONITOR_PREFIX } from '../message/address.ts';
import type { ConversationRow, Conversations, ConversationStatus } from './hybrid-ports.ts';
import type { Statements } from './statements.ts';

const isMonitor = (column: string): string => `(substr(${column}, 1, ${MONITOR_PREFIX.length}) = '${MONITOR_PREFIX}')`;
const COUNTS = ['waiting', 'retrying', 'stashed', 'owed', 'tasks', 'timers'];
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
    union all select iif(${isMonitor('name')}, null, message ->> 'correlation'), 'timer' from troupe_timers
      where fired = 0
  ) where root is not null group by root
)`;

/** The kinds and statuses of the sagas and monitors of a conversation. */
const FATES = `(
  select group_concat(iif(${isMonitor('s.address')}, 'monitor ', 'saga ') || s.status)
  from troupe_states s where s.conversation = ${ROOT}
)`;

const STATUS = `case
  when dead > 0 or fates like '%saga %failed%' then 'failed'
  when instr(fates, 'monitor overdue') then 'overdue'
  when moving > 0 or instr(fates, 'saga running') then 'running'
  when fates is null or instr(fates, 'monitor running') then 'quiet'
  else 'completed'
end`;

const INSTANCES = `(
  select json_group_array(json_object('address', s.address, 'status', s.status,
    'data', iif(${isMonitor('s.address')}, json(s.data), null)))
  from troupe_states s where s.conversation = root
)`;

const LAST = `(select x.time from troupe_messages x where x.correlation = root order by x.position desc limit 1)`;

/** The root itself, or what is left where retention took it; text that looks like a position is none. */
const firstOf = (root: string): string => `coalesce(
  (select r.position from troupe_messages r where r.position = ${root} and typeof(${root}) <> 'text'),
  (select min(r.position) from troupe_messages r where r.correlation = ${root})
)`;

/** The first message that is left of its conversation. A caller's own text stands in that one too. */
const IS_FIRST = `iif(m.correlation is null, m.kind in ('event', 'command'), m.position = ${firstOf('m.correlation')})`;

const OF_STATES = 'select conversation from troupe_states where conversation is not null';

/** Where a status may be rare, the log is not searched for it: what is open, or has ended, leads there. */
const LEADS: Readonly<Partial<Record<ConversationStatus, string>>> = {
  failed: `select root from open where dead > 0 union ${OF_STATES} and status like '%failed'`,
  overdue: `${OF_STATES} and status = 'overdue'`,
  running: `select root from open where moving > 0
    union ${OF_STATES} and status = 'running' and not ${isMonitor('address')}`,
  completed: `${OF_STATES} and status not in ('running', 'overdue')`,
};

const isLedTo = (leads: string): string => `m.position in (
  select ${firstOf('l.root')} from (select null as root where 0 union all select * from (${leads})) l
)`;

/** The inner limit keeps SQLite from asking for the fates once for each use of them. */
function select(where: string, status: ConversationStatus | undefined): string {
  const rows = `select m.position as first, m.type, m.key, m.time, ${ROOT} as root, ${COUNTS.join(', ')}, dead, moving,
      ${FATES} as fates
    from troupe_messages m left join open on open.root = ${ROOT}
    where ${where} order by m.position desc limit -1`;
  const counts = COUNTS.map(name => `coalesce(${name}, 0) as ${name}`);
  const columns = `root, first, type, key, time as startedAt, coalesce(${LAST}, time) as lastAt, ${STATUS} as status,
    ${counts.join(', ')}, coalesce(dead, 0) as deadLetters, ${INSTANCES} as instances`;
  const filter = status === undefined ? '' : `where ${STATUS} = '${status}'`;
  return `${OPEN} select ${columns} from (${rows}) ${filter} limit ?`;
}

export class SqliteConversations implements Conversations {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  get(root: number | string): ConversationRow | undefined {
    const where = `m.position = (select ${firstOf('l.root')} from (select ? as root) l)`;
    return this.#sql.get(select(where, undefined), root, 1);
  }

  list(
    status: ConversationStatus | undefined,
    { limit, before }: { readonly limit: number; readonly before: number },
  ): ConversationRow[] {
    const leads = status && LEADS[status];
    const where = `m.position < ? and ${IS_FIRST}${leads === undefined ? '' : ` and ${isLedTo(leads)}`}`;
    return this.#sql.all(select(where, status), before, limit);
  }

  having(type: string, key: string): number | string | undefined {
    const sql = `select ${ROOT} as root from troupe_messages m where m.type = ? and m.key = ?
      order by m.position desc limit 1`;
    return this.#sql.get<{ root: number | string }>(sql, type, key)?.root;
  }
}
