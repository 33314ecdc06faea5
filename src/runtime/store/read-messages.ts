// Counts the stored messages of a database file by type and version: all of them, and those that wait for somebody.
import { resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { MessageKind, SubscriptionRow } from './records.ts';
import { openToRead } from './read-states.ts';
import { toStoreError } from './store-errors.ts';

/** Messages of one type that one version of the code wrote. */
export interface MessageCount {
  readonly type: string;
  readonly kind: MessageKind;
  readonly version: number;
  readonly count: number;
}

export type StoredSubscription = Pick<SubscriptionRow, 'name' | 'handler' | 'cursor'>;

const COUNT = 'select type, kind, version, count(*) as count';
const GROUP = 'group by type, kind, version';
const WAITING = `(select message from troupe_deliveries union select message from troupe_tasks)`;
const DELAYED = `select message ->> 'type' as type, message ->> 'kind' as kind, message ->> 'version' as version`;

/** Asks a file for its messages; every question is one short read. */
export class MessageReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the log behind a position. */
  logged(after: number): readonly MessageCount[] {
    return this.#all(`${COUNT} from troupe_messages where position > ? ${GROUP}`, after);
  }

  /** Delivered and not yet done. */
  open(): readonly MessageCount[] {
    return this.#all(`${COUNT} from troupe_messages where position in ${WAITING} ${GROUP}`);
  }

  /** Of timers, and of what was sent or published with a delay. */
  delayed(): readonly MessageCount[] {
    return this.#all(`${COUNT} from (${DELAYED} from troupe_timers where fired = 0) ${GROUP}`);
  }

  deadLetters(): readonly MessageCount[] {
    const letters = 'troupe_dead_letters letter join troupe_messages on position = letter.message';
    return this.#all(`${COUNT} from ${letters} ${GROUP}`);
  }

  subscriptions(): readonly StoredSubscription[] {
    return this.#database
      .prepare<[], StoredSubscription>('select name, handler, cursor from troupe_subscriptions')
      .all();
  }

  #all(sql: string, ...values: number[]): readonly MessageCount[] {
    return this.#database.prepare<number[], MessageCount>(sql).all(...values);
  }
}

/**
 * Opens a file, lets `ask` read from it, and closes it.
 *
 * @throws TroupeError `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other `store-…` codes
 */
export function readMessages<T>(file: string, ask: (reader: MessageReader) => T): T {
  const database = openToRead(file);
  try {
    return ask(new MessageReader(database));
  } catch (error) {
    throw toStoreError(error, `reading ${resolve(file)}`);
  } finally {
    database.close();
  }
}
