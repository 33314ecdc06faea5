// The subjects `diy` and `limit`: bare better-sqlite3, which blocks and has no callers.
import Database from 'better-sqlite3';
import { TABLES } from '../src/runtime/store/schema.ts';
import { measureCalls, type Sample } from './measure.ts';
import { ordersByHand } from './order-by-hand.ts';
import { addressesOf, messageRow, MESSAGE_COLUMNS, NOW, rowsOf, stateText, TURN_COLUMNS, type Row } from './rows.ts';
import { COUNTERS, type Cell } from './workload.ts';

/** Operations per transaction of `limit`: 512 messages, and those of 64 sagas. */
const PER_TRANSACTION = { W1: 512, W2: 512, W3: 64 };
const ROWS_PER_STATEMENT = 32;
const STATE_COLUMNS = 8;

/** SQLite checkpoints by itself every 1,000 pages, its default: larger distances were slower here. */
function open(file: string): Database.Database {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -16000');
  database.pragma('temp_store = MEMORY');
  return database;
}

/** Opens with Troupe's own tables and a state for each address. */
function openTables(file: string, addresses: readonly string[]): Database.Database {
  const database = open(file);
  database.exec(TABLES);
  const insert = database.prepare('insert into troupe_states values (?, ?, 1, 4294967297, null, null, ?, ?)');
  database.transaction(() => {
    for (const [at, address] of addresses.entries()) insert.run(at + 1, address, NOW, '{"count":0}');
  })();
  return database;
}

const marks = (columns: number, rows = 1): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: columns }, () => '?').join(', ')})`).join(', ');

/** W1 and W2 as one writes them by hand: every write is a commit of its own. */
function writesByHand(database: Database.Database, { workload }: Cell): (index: number) => void {
  const message = database.prepare(`insert into troupe_messages values ${marks(MESSAGE_COLUMNS)}`);
  const delivery = database.prepare(
    `insert into troupe_deliveries (message, subscription, key, status) values (?, ?, 'default', 'open')`,
  );
  const state = database.prepare('update troupe_states set updated = ?, data = ? where id = ?');
  const subscribers = addressesOf('W1').length;
  return index => {
    message.run(...messageRow(workload, index));
    if (workload === 'W2') {
      state.run(NOW + index, stateText('W2', index), 1 + (index % COUNTERS));
      return;
    }
    for (let at = 1; at <= subscribers; at++) delivery.run(index + 1, at);
    for (let at = 1; at <= subscribers; at++) state.run(NOW + index, stateText('W1', index), at);
  };
}

function measureDiy(cell: Cell, file: string): Sample {
  const database = cell.workload === 'W3' ? open(file) : openTables(file, addressesOf(cell.workload));
  const one = cell.workload === 'W3' ? ordersByHand(database) : writesByHand(database, cell);
  const sample = measureCalls({ ...cell, perCall: 1 }, one);
  database.close();
  return sample;
}

/** The rows of one bulk statement, laid out flat. */
function toChunks(rows: readonly Row[]): Row[] {
  const starts = Array.from(
    { length: Math.ceil(rows.length / ROWS_PER_STATEMENT) },
    (_, at) => at * ROWS_PER_STATEMENT,
  );
  return starts.map(start => rows.slice(start, start + ROWS_PER_STATEMENT).flat());
}

/** A perfect group commit: the rows of many operations and nothing else, bound from values made beforehand. */
async function measureLimit(cell: Cell, file: string): Promise<Sample> {
  const { workload } = cell;
  const perCall = PER_TRANSACTION[workload];
  const warmUp = Math.ceil(cell.warmUp / perCall) * perCall;
  const write = await rowsOf(workload);
  const batches = Array.from({ length: Math.floor((warmUp + cell.count) / perCall) }, (_, transaction) => {
    const all = Array.from({ length: perCall }, (_, at) => write(transaction * perCall + at));
    // One write per changed address.
    const updated = new Map(all.flatMap(rows => rows.updated).map(row => [row.at(-1), row]));
    return {
      messages: toChunks(all.flatMap(rows => rows.messages)),
      turns: toChunks(all.flatMap(rows => rows.turns)),
      inserted: toChunks(all.flatMap(rows => rows.inserted)),
      updated: [...updated.values()],
    };
  });
  const database = openTables(file, addressesOf(workload));
  // Each kind of rows is a multiple of 32 per transaction, so one statement serves them all.
  const bulk = (table: string, columns: number): Database.Statement =>
    database.prepare(`insert into ${table} values ${marks(columns, ROWS_PER_STATEMENT)}`);
  const messages = bulk('troupe_messages', MESSAGE_COLUMNS);
  const turns = bulk(`troupe_turns (${TURN_COLUMNS.join(', ')})`, TURN_COLUMNS.length);
  const inserts = bulk('troupe_states', STATE_COLUMNS);
  const update = database.prepare('update troupe_states set updated = ?, data = ? where id = ?');
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const sample = measureCalls({ ...cell, warmUp, perCall }, start => {
    const batch = batches[start / perCall]!;
    begin.run();
    for (const rows of batch.messages) messages.run(...rows);
    for (const rows of batch.turns) turns.run(...rows);
    for (const rows of batch.inserted) inserts.run(...rows);
    for (const row of batch.updated) update.run(...row);
    commit.run();
  });
  database.close();
  return sample;
}

export function measureBare(cell: Cell, file: string): Sample | Promise<Sample> {
  return cell.subject === 'diy' ? measureDiy(cell, file) : measureLimit(cell, file);
}

/** The row of one message in a commit of its own: what the disk asks of everyone who waits for it. */
export function measureCommit(file: string, count: number): Sample {
  const database = openTables(file, []);
  const message = database.prepare(`insert into troupe_messages values ${marks(MESSAGE_COLUMNS)}`);
  // The warm-up ends after a checkpoint: from then on the WAL is written over and the file does not grow.
  const warmUp = Math.ceil(1.5 * count);
  const rows = Array.from({ length: count + warmUp }, (_, index) => messageRow('W1', index));
  const sample = measureCalls({ count, warmUp, perCall: 1 }, index => message.run(...(rows[index] ?? [])));
  database.close();
  return sample;
}
