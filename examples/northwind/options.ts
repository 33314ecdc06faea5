// The command line of the example: what it takes, and what is an error.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const HELP = `Runs the Northwind orders through a shop of actors and a checkout saga, and checks its books.

  npm start                       all orders, on a temporary database file
  npm start -- --db FILE          keeps the database; running again places no order twice
  npm start -- --orders N         the first N orders only
  npm start -- --crash            kills the process (SIGKILL) on the way, again and again
  npm start -- --crash --kills N  that often; default 24
  npm start -- --data FOLDER      reads other CSV files
  npm start -- --help             this

Exit code: 0 when the books balance, 1 when they do not, 2 when the command line is wrong.`;

export interface Options {
  readonly db: string | undefined;
  readonly orders: number;
  readonly crash: boolean;
  readonly kills: number;
  readonly data: string;
  readonly help: boolean;
}

const DEFAULT_KILLS = 24;

/** @throws Error with a sentence for the user */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      db: { type: 'string' },
      orders: { type: 'string' },
      crash: { type: 'boolean', default: false },
      kills: { type: 'string' },
      data: { type: 'string', default: fileURLToPath(new URL('data', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.db === '') throw new Error("--db takes a file, like '--db shop.db'.");
  if (values.kills !== undefined && !values.crash) throw new Error("--kills goes with '--crash'.");
  return {
    db: values.db,
    orders: toCount(values.orders, '--orders') ?? Infinity,
    crash: values.crash,
    kills: toCount(values.kills, '--kills') ?? DEFAULT_KILLS,
    data: values.data,
    help: values.help,
  };
}

function toCount(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new Error(`${option} takes a whole number from 1, like '${option} 100', and not '${text}'.`);
}
