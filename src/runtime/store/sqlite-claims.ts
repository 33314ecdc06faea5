// Claims in SQLite: which saga has the right to a piece of work, and for which messages.
import type { ClaimRow } from './records.ts';
import type { Statements } from './statements.ts';
import type { Claimer, Claims } from './hybrid-ports.ts';

const CLAIM = 'command, key, since, ended, saga, saga_key as sagaKey';

const TAKE = `with wanted (command, key, since, ended, saga, saga_key) as (values (?, ?, ?, ?, ?, ?))
  insert into troupe_claims (command, key, since, ended, saga, saga_key)
  select command, key, since, ended, saga, saga_key from wanted where not exists (
    select 1 from troupe_claims c where c.saga = wanted.saga and c.saga_key = wanted.saga_key
    and c.command = wanted.command and c.key = wanted.key and c.ended is null
  )
  on conflict do update set ended = excluded.ended, saga_key = excluded.saga_key`;

const REVIVE = `insert into troupe_claims (command, key, since, ended, saga, saga_key)
  select distinct command, key, ?, null, saga, saga_key from troupe_claims where saga = ? and saga_key = ?
  on conflict do update set ended = null`;

/** '0' is the character after '/', so it ends the addresses of a saga. */
const ADOPT = `with wanted (saga, command, since) as (values (?, ?, ?))
  insert into troupe_claims (command, key, since, ended, saga, saga_key)
  select w.command, substr(s.address, length(w.saga) + 2), w.since, null, w.saga, substr(s.address, length(w.saga) + 2)
  from wanted w join troupe_states s on s.address >= w.saga || '/' and s.address < w.saga || '0'
  where s.status = 'running' and not exists (
    select 1 from troupe_claims c where c.saga = w.saga and c.saga_key = substr(s.address, length(w.saga) + 2)
    and c.command = w.command and c.ended is null
  )
  on conflict do update set ended = null`;

const IN_HAND = `with starts (id) as (select value from json_each(?))
    select s.name, d.key from troupe_deliveries d join troupe_subscriptions s on s.id = d.subscription
    where d.subscription in starts
    union select name, key from troupe_dead_letters where subscription in starts`;

const UNSTARTED = `select ${CLAIM} from troupe_claims where ended is null
  and not exists (
    select 1 from troupe_states where address = troupe_claims.saga || '/' || saga_key and status is not null
  )
  and (saga, saga_key) not in (${IN_HAND})`;

export class SqliteClaims implements Claims {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  take({ command, key, since, ended, saga, sagaKey }: ClaimRow): void {
    this.#sql.run(TAKE, command, key, since, ended, saga, sagaKey);
  }

  at(command: string, key: string, position: number): Claimer | undefined {
    return this.#sql.get(
      `select saga, saga_key as sagaKey from troupe_claims
       where command = ? and key = ? and since <= ? and (ended is null or ended >= ?) order by since limit 1`,
      command,
      key,
      position,
      position,
    );
  }

  end({ saga, sagaKey }: Claimer, position: number): void {
    const sql = 'update troupe_claims set ended = ? where saga = ? and saga_key = ? and ended is null';
    this.#sql.run(sql, position, saga, sagaKey);
  }

  revive({ saga, sagaKey }: Claimer, position: number): void {
    this.#sql.run(REVIVE, position, saga, sagaKey);
  }

  adopt({ saga, command }: Pick<ClaimRow, 'saga' | 'command'>, since: number): void {
    this.#sql.run(ADOPT, saga, command, since);
  }

  kinds(): readonly Pick<ClaimRow, 'saga' | 'command'>[] {
    return this.#sql.all('select distinct saga, command from troupe_claims where ended is null');
  }

  endKind({ saga, command }: Pick<ClaimRow, 'saga' | 'command'>, position: number): void {
    const sql = 'update troupe_claims set ended = ? where saga = ? and command = ? and ended is null';
    this.#sql.run(sql, position, saga, command);
  }

  unstarted(subscriptions: readonly number[]): readonly ClaimRow[] {
    return this.#sql.all(UNSTARTED, JSON.stringify(subscriptions));
  }
}
