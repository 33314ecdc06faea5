// Actions in the transaction: named actions that write the application's own tables in the commit of their turn.
import type { Database } from 'better-sqlite3';
import { TroupeError } from '../runtime/errors.ts';
import type { Turn, TurnLog } from '../runtime/turn/behavior.ts';
import type { Program } from './program.ts';

/** What an action in the transaction may use. */
export interface TransactionArgs<Context = unknown, Event = unknown, Sql = Database> {
  readonly context: Context;
  readonly event: Event;
  readonly key: string;
  /** What the saga's `sql` option says: by default a better-sqlite3 Database, guarded. */
  readonly sql: Sql;
  readonly log: TurnLog;
  now(): number;
  /** Unique, and the same at every attempt of this turn. */
  id(): string;
}

interface Action {
  readonly src: string;
  readonly params: unknown;
  readonly context: unknown;
  readonly event: unknown;
}

/** Runs an action at once if the saga declares it so; false for all others, which run after the commit. */
export function runInTransaction(program: Program, turn: Turn, { src, params, context, event }: Action): boolean {
  const { inTransaction, sql } = program.options;
  const run = inTransaction?.[src];
  if (!run) return false;
  const make = sql === true || sql === undefined ? (database: Database): unknown => database : sql;
  const args: TransactionArgs<unknown, unknown, unknown> = {
    context,
    event,
    key: turn.key,
    log: turn.log,
    now: () => turn.now(),
    id: () => turn.id(),
    get sql() {
      return turn.sql(make);
    },
  };
  const returned: unknown = run(args as never, params as never);
  if (returned instanceof Promise) {
    returned.catch(() => {});
    throw new TroupeError(
      'async-handler',
      `The action ${src} of saga ${program.name} returned a promise. Actions in the transaction are synchronous; ` +
        'leave it out of inTransaction to run it after the commit.',
    );
  }
  return true;
}
