// Durable time in SQLite: timers, schedules, tasks and their steps.
import type { ScheduleRow, TaskRow, TimerRow } from './records.ts';
import type { Schedules, Tasks, Timers } from './store.ts';
import type { Statements } from './statements.ts';

const TIMER = 'name, key, timer, generation, due, clock, message';
const TASK = 'id, message, subscription, key, incarnation, attempt, crashes, alone, due, failures, lane';

export class SqliteTimers implements Timers {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  put(row: TimerRow): void {
    const sql = `insert or replace into troupe_timers (${TIMER}, fired) values (?, ?, ?, ?, ?, ?, ?, 0)`;
    this.#sql.run(sql, row.name, row.key, row.timer, row.generation, row.due, row.clock, row.message);
  }

  remove(name: string, key: string, timer: string): boolean {
    return (
      this.#sql.run('delete from troupe_timers where name = ? and key = ? and timer = ?', name, key, timer).changes > 0
    );
  }

  removeAll(name: string, key: string): void {
    this.#sql.run('delete from troupe_timers where name = ? and key = ?', name, key);
  }

  get(name: string, key: string, timer: string): (TimerRow & { readonly fired: number }) | undefined {
    return this.#sql.get(
      `select ${TIMER}, fired from troupe_timers where name = ? and key = ? and timer = ?`,
      name,
      key,
      timer,
    );
  }

  of(name: string, key: string): TimerRow[] {
    return this.#sql.all(`select ${TIMER} from troupe_timers where name = ? and key = ? order by due`, name, key);
  }

  ofConversation(root: number | string): TimerRow[] {
    const where = `where fired = 0 and message ->> 'correlation' = ? order by due, generation`;
    return this.#sql.all(`select ${TIMER} from troupe_timers ${where}`, root);
  }

  due(now: number, limit: number): TimerRow[] {
    const where = 'where fired = 0 and due <= ? order by due, generation limit ?';
    return this.#sql.all(`select ${TIMER} from troupe_timers ${where}`, now, limit);
  }

  markFired(name: string, key: string, timer: string): void {
    this.#sql.run('update troupe_timers set fired = 1 where name = ? and key = ? and timer = ?', name, key, timer);
  }

  nextDue(): number | undefined {
    const row = this.#sql.get<{ due: number | null }>('select min(due) as due from troupe_timers where fired = 0');
    return row?.due ?? undefined;
  }

  shiftUp(byMs: number): void {
    this.#sql.run(`update troupe_timers set due = due + ? where clock = 'up'`, byMs);
  }

  drop(name: string): void {
    const type = `name = '' and message ->> 'kind' = 'command' and message ->> 'type' = ?`;
    this.#sql.run(`delete from troupe_timers where name = ? or ${type}`, name, name);
  }
}

export class SqliteTasks implements Tasks {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  all(): TaskRow[] {
    return this.#sql.all(`select ${TASK} from troupe_tasks order by id`);
  }

  put(row: TaskRow): void {
    const sql = `insert or replace into troupe_tasks (${TASK}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const { id, message, subscription, key, incarnation, attempt, crashes, alone, due, failures, lane } = row;
    this.#sql.run(sql, id, message, subscription, key, incarnation, attempt, crashes, alone, due, failures, lane);
  }

  get(id: number): TaskRow | undefined {
    return this.#sql.get(`select ${TASK} from troupe_tasks where id = ?`, id);
  }

  ofMessages(positions: readonly number[]): TaskRow[] {
    const where = 'where message in (select value from json_each(?)) order by id';
    return this.#sql.all(`select ${TASK} from troupe_tasks ${where}`, JSON.stringify(positions));
  }

  remove(id: number): void {
    this.#sql.run('delete from troupe_tasks where id = ?', id);
    this.#sql.run('delete from troupe_steps where task = ?', id);
  }

  steps(task: number): Map<string, string> {
    const rows = this.#sql.all<{ name: string; result: string }>(
      'select name, result from troupe_steps where task = ?',
      task,
    );
    return new Map(rows.map(row => [row.name, row.result]));
  }

  putStep(task: number, name: string, result: string): void {
    this.#sql.run('insert or replace into troupe_steps (task, name, result) values (?, ?, ?)', task, name, result);
  }
}

export class SqliteSchedules implements Schedules {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  all(): ScheduleRow[] {
    const columns = 'name, pattern, last_slot as lastSlot, next_due as nextDue, position';
    return this.#sql.all(`select ${columns} from troupe_schedules`);
  }

  put(row: ScheduleRow): void {
    const sql =
      'insert or replace into troupe_schedules (name, pattern, last_slot, next_due, position) values (?, ?, ?, ?, ?)';
    this.#sql.run(sql, row.name, row.pattern, row.lastSlot, row.nextDue, row.position);
  }

  remove(name: string): void {
    this.#sql.run('delete from troupe_schedules where name = ?', name);
  }
}
