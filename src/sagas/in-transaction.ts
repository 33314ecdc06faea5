// Actions in the transaction: named actions that write the application's own tables in the commit of their turn.
import type { Database } from 'better-sqlite3';
import type { AnyStateMachine, ExecutableActionsFrom } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { NoReply } from '../runtime/message/contract.ts';
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

/** `true` for a better-sqlite3 Database, or what to make of one. */
export type SqlOption = true | ((database: Database) => unknown) | undefined;

/** What actions get as `sql`: nothing where the saga does not declare it. */
export type SqlOf<Option extends SqlOption> = [SqlOption] extends [Option]
  ? never
  : Option extends true
    ? Database
    : Option extends (database: Database) => infer Sql
      ? Sql
      : never;

/** The actions a machine names, and those of its nested machines; any text where its types do not say. */
export type ActionName<M extends AnyStateMachine> = [NameOf<M>] extends [never]
  ? string
  : NameOf<M> | `${string}/${string}`;
type NameOf<M extends AnyStateMachine> = Exclude<ExecutableActionsFrom<M>['type'], `xstate.${string}`>;

/** Actions in the transaction, by their name; those of a nested machine as `child/action`, with its context. */
export type TransactionActions<Context, Event, Sql, Name extends string = string> = {
  readonly [Action in Name]?: (
    args: Action extends `${string}/${string}`
      ? TransactionArgs<never, never, Sql>
      : TransactionArgs<Context, Event, Sql>,
    params: never,
  ) => NoReply;
};

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
