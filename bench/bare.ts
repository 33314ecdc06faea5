// The subjects `diy` and `limit`: bare better-sqlite3 on Troupe's own tables, with the values Troupe would write.
import Database from 'better-sqlite3';
import { TABLES } from '../src/runtime/store/schema.ts';
import { measureCalls, type Sample } from './measure.ts';
import { counterOf, COUNTERS, orderOf, type Cell } from './workload.ts';

type Row = readonly (string | number | null)[];

const PER_TRANSACTION = 512;
const ROWS_PER_STATEMENT = 32;
const SUBSCRIBERS = ['billing', 'shipping', 'statistics'];
const NOW = 1_750_000_000_000;

const MESSAGE_COLUMNS = 16;
const TURN_COLUMNS = ['message', 'turn', 'subscription', 'attempt', 'key', 'at', 'queue_us', 'run_us', 'outcome'];

/** SQLite checkpoints by itself every 1,000 pages, its default: larger distances were slower here. */
function open(file: string): Database.Database {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -16000');
  database.pragma('temp_store = MEMORY');
  database.exec(TABLES);
  return database;
}

function messageRow({ workload }: Cell, index: number): Row {
  const order = orderOf(index);
  const counter = counterOf(index);
  const [type, kind, key, data] =
    workload === 'W1'
      ? ['shop.orderPlaced', 'event', order.orderId, order]
      : ['counter.count', 'command', counter, { ...order, counter }];
  const position = index + 1;
  return [
    position,
    type,
    1,
    kind,
    key,
    'edge',
    null,
    null,
    NOW + index,
    0,
    null,
    null,
    null,
    null,
    0,
    JSON.stringify(data),
  ];
}

function turnRows({ workload }: Cell, index: number): Row[] {
  const turn = (number: number, subscription: number, key: string | null): Row => {
    return [index + 1, 2 ** 32 + number, subscription, 1, key, NOW + index, 250, 5, 'done'];
  };
  if (workload === 'W2') return [turn(index, 1, null)];
  return SUBSCRIBERS.map((_, at) => turn(index * SUBSCRIBERS.length + at, at + 1, 'default'));
}

const addresses = (workload: Cell['workload']): string[] =>
  workload === 'W1'
    ? SUBSCRIBERS.map(name => `${name}/default`)
    : Array.from({ length: COUNTERS }, (_, index) => `counter/${counterOf(index)}`);

function stateText(workload: Cell['workload'], index: number): string {
  return JSON.stringify(workload === 'W1' ? { count: index, cents: index * 4_600 } : { count: index });
}

function insertStates(database: Database.Database, workload: Cell['workload']): void {
  const insert = database.prepare('insert into troupe_states values (?, ?, 1, 4294967297, null, null, ?, ?)');
  database.transaction(() => {
    for (const [at, address] of addresses(workload).entries()) insert.run(at + 1, address, NOW, '{"count":0}');
  })();
}

const marks = (columns: number, rows = 1): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: columns }, () => '?').join(', ')})`).join(', ');

/** What one writes by hand: every write is a commit of its own. */
function measureDiy(cell: Cell, file: string): Sample {
  const database = open(file);
  insertStates(database, cell.workload);
  const message = database.prepare(`insert into troupe_messages values ${marks(MESSAGE_COLUMNS)}`);
  const delivery = database.prepare(
    `insert into troupe_deliveries (message, subscription, key, status) values (?, ?, 'default', 'open')`,
  );
  const state = database.prepare('update troupe_states set updated = ?, data = ? where id = ?');
  const one = (index: number): void => {
    message.run(...messageRow(cell, index));
    if (cell.workload === 'W2') {
      state.run(NOW + index, stateText('W2', index), 1 + (index % COUNTERS));
      return;
    }
    for (let at = 1; at <= SUBSCRIBERS.length; at++) delivery.run(index + 1, at);
    for (let at = 1; at <= SUBSCRIBERS.length; at++) state.run(NOW + index, stateText('W1', index), at);
  };
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

/** What one transaction of a perfect group commit binds; a multiple of 32 rows, so one statement serves them all. */
function batchOf(
  cell: Cell,
  start: number,
): { readonly messages: Row[]; readonly turns: Row[]; readonly states: Row[] } {
  const indexes = Array.from({ length: PER_TRANSACTION }, (_, at) => start + at);
  const count = addresses(cell.workload).length;
  const dirty = new Set(indexes.map(index => index % count));
  return {
    messages: toChunks(indexes.map(index => messageRow(cell, index))),
    turns: toChunks(indexes.flatMap(index => turnRows(cell, index))),
    states: [...dirty].map(at => [NOW + start, stateText(cell.workload, start), at + 1]),
  };
}

/** A perfect group commit: the rows of 512 messages and nothing else; everything is bound from values made beforehand. */
function measureLimit(cell: Cell, file: string): Sample {
  const database = open(file);
  insertStates(database, cell.workload);
  const messages = database.prepare(`insert into troupe_messages values ${marks(MESSAGE_COLUMNS, ROWS_PER_STATEMENT)}`);
  const turns = database.prepare(
    `insert into troupe_turns (${TURN_COLUMNS.join(', ')}) values ${marks(TURN_COLUMNS.length, ROWS_PER_STATEMENT)}`,
  );
  const state = database.prepare('update troupe_states set updated = ?, data = ? where id = ?');
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const warmUp = Math.ceil(cell.warmUp / PER_TRANSACTION) * PER_TRANSACTION;
  const transactions = Math.floor((warmUp + cell.count) / PER_TRANSACTION);
  const batches = Array.from({ length: transactions }, (_, at) => batchOf(cell, at * PER_TRANSACTION));
  const sample = measureCalls({ ...cell, warmUp, perCall: PER_TRANSACTION }, start => {
    const batch = batches[start / PER_TRANSACTION]!;
    begin.run();
    for (const rows of batch.messages) messages.run(...rows);
    for (const rows of batch.turns) turns.run(...rows);
    for (const row of batch.states) state.run(...row);
    commit.run();
  });
  database.close();
  return sample;
}

export function measureBare(cell: Cell, file: string): Sample {
  return cell.subject === 'diy' ? measureDiy(cell, file) : measureLimit(cell, file);
}

/** The row of one message in a commit of its own: what the disk asks of everyone who waits for it. */
export function measureCommit(file: string, count: number): Sample {
  const database = open(file);
  const message = database.prepare(`insert into troupe_messages values ${marks(MESSAGE_COLUMNS)}`);
  const cell: Cell = { workload: 'W1', subject: 'diy', concurrency: 1, count, warmUp: Math.ceil(1.5 * count) };
  const rows = Array.from({ length: count + cell.warmUp }, (_, index) => messageRow(cell, index));
  // The warm-up ends after a checkpoint: from then on the WAL is written over and the file does not grow.
  const sample = measureCalls({ ...cell, perCall: 1 }, index => message.run(...(rows[index] ?? [])));
  database.close();
  return sample;
}
