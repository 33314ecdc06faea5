// The effect ledger in SQLite: who did which named piece of work for which key, and who came second (K26).
import type { EffectRow, EffectState } from './records.ts';
import type { Statements } from './statements.ts';
import type { EffectFilter, Effects, RepeatedEffect } from './hybrid-ports.ts';

const COLUMNS = ['id', 'effect', 'scope', 'key', 'state', 'message', 'subscription', 'address', 'time', 'reply'];
const EFFECT = COLUMNS.join(', ');
const HELD = `state in ('running', 'done')`;
const SECOND = `state in ('repeated', 'blocked', 'dead-letter')`;

/** The one a second occurrence repeats: the last before it that held the key. */
const FIRST = `(
  select max(id) from troupe_effects h
  where h.effect = s.effect and h.key = s.key and h.scope = s.scope and h.id < s.id and not h.${SECOND}
)`;

export class SqliteEffects implements Effects {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  holder({ effect, scope, key }: Pick<EffectRow, 'effect' | 'scope' | 'key'>): EffectRow | undefined {
    const where = `effect = ? and scope = ? and key = ? and ${HELD}`;
    return this.#sql.get(`select ${EFFECT} from troupe_effects where ${where}`, effect, scope, key);
  }

  has(of: Pick<EffectRow, 'effect' | 'state' | 'message' | 'subscription'>): boolean {
    const { message, subscription, effect, state } = of;
    const sql = 'select 1 from troupe_effects where message = ? and subscription = ? and effect = ? and state = ?';
    return this.#sql.get(sql, message, subscription, effect, state) !== undefined;
  }

  add(row: Omit<EffectRow, 'id' | 'reply'>): void {
    const { effect, scope, key, state, message, subscription, address, time } = row;
    const columns = 'effect, scope, key, state, message, subscription, address, time';
    const sql = `insert into troupe_effects (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`;
    this.#sql.run(sql, effect, scope, key, state, message, subscription, address, time);
  }

  end(message: number, subscription: number, state: EffectState): void {
    const where = `message = ? and subscription = ? and state = 'running'`;
    this.#sql.run(`update troupe_effects set state = ? where ${where}`, state, message, subscription);
  }

  reply(message: number, subscription: number, reply: string): void {
    const where = `message = ? and subscription = ? and ${HELD}`;
    this.#sql.run(`update troupe_effects set reply = ? where ${where}`, reply, message, subscription);
  }

  forget(effect: string, key: string): number {
    const sql = `update troupe_effects set state = 'forgotten' where effect = ? and key = ? and ${HELD}`;
    return this.#sql.run(sql, effect, key).changes;
  }

  heldByTasks(): readonly number[] {
    const sql = `select distinct t.subscription from troupe_tasks t
      join troupe_effects e on e.message = t.message and e.subscription = t.subscription where e.state = 'running'`;
    return this.#sql.all<{ subscription: number }>(sql).map(({ subscription }) => subscription);
  }

  list(filter: EffectFilter, limit: number): EffectRow[] {
    const { where, values } = whereOf('e', filter);
    return this.#sql.all(`select ${EFFECT} from troupe_effects e where ${where} order by id limit ?`, ...values, limit);
  }

  repeats(filter: EffectFilter, limit: number): readonly RepeatedEffect[] {
    const { where, values } = whereOf('s', filter);
    const first = COLUMNS.map(column => `f.${column} as first_${column}`).join(', ');
    const sql = `select ${COLUMNS.map(column => `s.${column}`).join(', ')}, ${first}
      from troupe_effects s join troupe_effects f on f.id = ${FIRST}
      where s.${SECOND} and ${where} order by s.id limit ?`;
    return this.#sql.all<Record<string, unknown>>(sql, ...values, limit).map(row => {
      const part = (prefix: string): EffectRow =>
        Object.fromEntries(COLUMNS.map(column => [column, row[`${prefix}${column}`]])) as unknown as EffectRow;
      return { first: part('first_'), second: part('') };
    });
  }
}

/** Only what is given, so that an index of it is used. */
function whereOf(
  table: string,
  { effect, key, state }: EffectFilter,
): { readonly where: string; readonly values: readonly string[] } {
  const given = Object.entries({ effect, key, state }).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, value }],
  );
  return {
    where: ['true', ...given.map(({ column }) => `${table}.${column} = ?`)].join(' and '),
    values: given.map(({ value }) => value),
  };
}
