// The books as the shop kept them: read from the states of actors and sagas, its own table and the message log.
import type { Runtime } from 'troupe';
import { analytics } from './actors/analytics.ts';
import { notifications } from './actors/notifications.ts';
import { payments } from './actors/payments.ts';
import { replenishment } from './actors/replenishment.ts';
import { shipping } from './actors/shipping.ts';
import { stock, type Shelf } from './actors/stock.ts';
import { endOf, type Book, type Books, type Entry } from './books.ts';
import { OrderPlaced } from './contracts.ts';
import { checkout } from './sagas/checkout.ts';
import { delivery } from './sagas/delivery.ts';
import type { Shop } from './tables.ts';

/** An order is on hold at most once. */
const MOST_PARCELS = 2;

export function readBooks(runtime: Runtime, shop: Shop): Books {
  const perProduct = (entry: (id: string) => Entry | undefined): Book => collect(shop.products.keys(), entry);
  const perCustomer = (entry: (id: string) => Entry | undefined): Book => collect(shop.customers.keys(), entry);
  const shelves = runtime.state(stock)?.shelves ?? {};
  return {
    orders: ordersOf(runtime),
    stock: perProduct(id => shelves[id] && entryOf(shelves[id])),
    purchases: perProduct(id => runtime.state(replenishment, id)),
    money: perCustomer(id => {
      const account = runtime.state(payments, id);
      if (!account) return undefined;
      const { authorized, voided, charged, declined } = account;
      return { authorized, voided, charged, declined };
    }),
    deliveries: deliveriesOf(runtime, shop),
    shipments: collect(shop.shippers.keys(), id => {
      const { waiting, ...desk } = runtime.state(shipping, id) ?? { waiting: {} };
      return { ...desk, waiting: Object.keys(waiting).length };
    }),
    invoices: invoicesOf(runtime),
    customers: perCustomer(id => {
      const { cancelled, ...statistics } = runtime.state(analytics, id) ?? { cancelled: {} };
      return { ...statistics, ...cancelled };
    }),
    letters: perCustomer(id => runtime.state(notifications, id)),
  };
}

function collect(keys: Iterable<string>, entry: (key: string) => Entry | undefined): Book {
  return Object.fromEntries([...keys].map(key => [key, entry(key) ?? {}]));
}

/** Nothing may be left on order: a purchase order that never came is a difference. */
function entryOf({ supplied, onOrder, promised, shipped, returned }: Shelf): Entry {
  return { supplied, onOrder, promised, shipped, returned };
}

/** The end each checkout came to, what it took, and how often the log holds the order that started it. */
function ordersOf(runtime: Runtime): Book {
  const placed = placedOrders(runtime);
  const sagas = runtime.sagas.list(checkout, { limit: Math.max(1, placed.size) });
  const ends = new Map(sagas.map(({ key, status, output }) => [key, { status, output }]));
  return collect(placed.keys(), key => {
    const { status = 'missing', output } = ends.get(key) ?? {};
    const { reason = null, holds = 0, parcels = 0 } = output ?? {};
    const isAsWanted = status === (reason === null ? 'done' : 'compensated');
    const end = isAsWanted ? endOf(reason ?? '') : `${status}: ${reason}`;
    return { placed: placed.get(key) ?? 0, end, holds, parcels };
  });
}

/** Every parcel has a saga of its own. */
function deliveriesOf(runtime: Runtime, { orders }: Shop): Book {
  const sagas = runtime.sagas.list(delivery, { limit: MOST_PARCELS * orders.length });
  return Object.fromEntries(sagas.map(({ key, status }) => [key, { end: status }]));
}

/** Orders in the log, with how often each is there. */
export function placedOrders(runtime: Runtime): ReadonlyMap<string, number> {
  const count = 'select key, count(*) as times from troupe_messages where type = ? group by key';
  const rows = runtime.transaction(({ sql }) => sql.prepare(count).all(OrderPlaced.type)) as {
    readonly key: string;
    readonly times: number;
  }[];
  return new Map(rows.map(({ key, times }) => [key, times]));
}

function invoicesOf(runtime: Runtime): Book {
  const read = 'select number, order_id as orderId, cents from invoices order by number';
  const rows = runtime.transaction(({ sql }) => sql.prepare(read).all()) as {
    readonly number: number;
    readonly orderId: string;
    readonly cents: number;
  }[];
  const book: Record<string, Entry> = Object.fromEntries(rows.map(({ orderId, cents }) => [orderId, { cents }]));
  const [first, last] = [rows[0], rows.at(-1)];
  if (first && last) book['numbers'] = { first: first.number, last: last.number };
  return book;
}
