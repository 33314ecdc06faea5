// The order saga as one writes it by hand on better-sqlite3: rows for steps, inbox, outbox and timers, a commit per message.
import type { Database } from 'better-sqlite3';
import { orderOf, type Order } from './workload.ts';

const TABLES = `
create table sagas (
  id text primary key, step integer not null, status text not null, updated integer not null, data text not null
) strict;
create table inbox (message integer primary key, at integer not null) strict;
create table outbox (id integer primary key, saga text not null, type text not null, data text not null) strict;
create table timers (saga text primary key, due integer not null) strict, without rowid;
create index timers_due on timers (due);
create table owners (address text primary key, updated integer not null, data text not null) strict;
`;
const PATIENCE_MS = 60_000;
const STEPS = ['stock.reserve', 'payment.charge', 'parcel.pack', 'carrier.ship'];

interface Progress extends Order {
  readonly receipts: readonly string[];
}

interface Reply {
  readonly orderId: string;
  readonly receipt: string;
}

/** A row of the outbox, handed on in memory; a restart would read the rows that are left. */
interface Outgoing {
  readonly id: number;
  readonly type: string;
  readonly data: string;
}

/** What handling a message leads to; undefined: the saga is over, or the message was seen before. */
type Next = Outgoing | undefined;

/** Makes what runs one order after the other, from its event to the end of its saga, in nine transactions. */
export function ordersByHand(database: Database): (index: number) => void {
  database.exec(TABLES);
  const post = posting(database);
  const start = database.transaction(starting(database, post));
  const handle = database.transaction(handling(database, post));
  const settle = database.transaction(settling(database, post));
  return index => {
    let next: Next = start.immediate(orderOf(index));
    while (next) next = next.type === 'reply' ? settle.immediate(next) : handle.immediate(next);
  };
}

interface Post {
  /** Takes a message from outside; false where it was handled before, as for `take`. */
  receive(): boolean;
  /** Takes a message from the outbox. */
  take(id: number): boolean;
  send(saga: string, type: string, body: object): Outgoing;
}

function posting(database: Database): Post {
  const seen = database.prepare('insert or ignore into inbox values (?, ?)');
  const taken = database.prepare('delete from outbox where id = ?');
  const put = database.prepare('insert into outbox values (?, ?, ?, ?)');
  let last = 0;
  return {
    receive: () => seen.run((last += 1), Date.now()).changes === 1,
    take: id => {
      if (seen.run(id, Date.now()).changes === 0) return false;
      taken.run(id);
      return true;
    },
    send: (saga, type, body) => {
      const message = { id: (last += 1), type, data: JSON.stringify(body) };
      put.run(message.id, saga, type, message.data);
      return message;
    },
  };
}

function sendStep(post: Post, step: number, order: Order): Outgoing {
  const { orderId, sequence, customer, cents, items } = order;
  return post.send(orderId, STEPS[step] ?? '', { orderId, sequence, customer, cents, items });
}

function starting(database: Database, post: Post): (order: Order) => Next {
  const begin = database.prepare(`insert into sagas values (?, 0, 'running', ?, ?)`);
  const arm = database.prepare('insert into timers values (?, ?)');
  return order => {
    if (!post.receive()) return undefined;
    begin.run(order.orderId, Date.now(), JSON.stringify({ ...order, receipts: [] }));
    arm.run(order.orderId, Date.now() + PATIENCE_MS);
    return sendStep(post, 0, order);
  };
}

/** The owner of a step: a state per customer, and a reply. */
function handling(database: Database, post: Post): (message: Outgoing) => Next {
  const load = database.prepare<[string], string>('select data from owners where address = ?').pluck();
  const keep = database.prepare(
    'insert into owners values (?, ?, ?) on conflict do update set updated = excluded.updated, data = excluded.data',
  );
  return ({ id, type, data }) => {
    if (!post.take(id)) return undefined;
    const { orderId, customer, cents } = JSON.parse(data) as Order;
    const address = `${type}/${customer}`;
    const state = JSON.parse(load.get(address) ?? '{"count":0,"cents":0}') as { count: number; cents: number };
    state.count += 1;
    state.cents += cents;
    keep.run(address, Date.now(), JSON.stringify(state));
    return post.send(orderId, 'reply', { orderId, receipt: `${type}-${state.count}` } satisfies Reply);
  };
}

/** The saga: the step its reply completes, then the next one or the end. */
function settling(database: Database, post: Post): (message: Outgoing) => Next {
  const load = database.prepare<[string], { readonly step: number; readonly data: string }>(
    `select step, data from sagas where id = ? and status = 'running'`,
  );
  const keep = database.prepare('update sagas set step = ?, status = ?, updated = ?, data = ? where id = ?');
  const cancel = database.prepare('delete from timers where saga = ?');
  return message => {
    if (!post.take(message.id)) return undefined;
    const { orderId, receipt } = JSON.parse(message.data) as Reply;
    const saga = load.get(orderId);
    if (!saga) return undefined;
    const order = JSON.parse(saga.data) as Progress;
    const receipts = [...order.receipts, receipt];
    const step = saga.step + 1;
    const isDone = step === STEPS.length;
    keep.run(step, isDone ? 'done' : 'running', Date.now(), JSON.stringify({ ...order, receipts }), orderId);
    if (!isDone) return sendStep(post, step, order);
    cancel.run(orderId);
    post.send(orderId, 'shop.orderDone', { orderId, sequence: order.sequence, receipts });
    return undefined;
  };
}
