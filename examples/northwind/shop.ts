// Runs the shop: opens it on a database file, places each order once, and waits until nothing is left to do.
import { createRuntime, type Bus, type DataOf, type Runtime } from 'troupe';
import { notifications } from './actors/notifications.ts';
import { stock } from './actors/stock.ts';
import { app } from './app.ts';
import { OpenAccount, OpenStock, OrderCancelled, OrderPlaced, OrderShipped } from './contracts.ts';
import { lineCents, toCents } from './money.ts';
import { checkout } from './sagas/checkout.ts';
import type { Order, Shop } from './tables.ts';

/** A shop keeps its books: with these, a file may be run again after years, and no order is placed twice. */
const TEN_YEARS = '3650d';

export function openRuntime(database: string): Promise<Runtime> {
  return createRuntime(app, { database, retention: { log: TEN_YEARS, dedupe: TEN_YEARS, tombstones: TEN_YEARS } });
}

/** What one call of `runShop` did. */
export interface Run {
  readonly placed: number;
  /** Orders the file had accepted before. */
  readonly known: number;
  readonly messages: number;
  readonly seconds: number;
}

export interface RunOptions {
  /** How many orders are on their way to the disk at once. */
  readonly slice: number;
  /** Called after each commit that ends an order. */
  readonly onEnded?: (ended: number) => void;
  /** Stops waiting; what was accepted goes on at the next start. */
  readonly signal?: AbortSignal;
}

/** @throws Error when a message becomes a dead letter or the runtime fails; the signal's reason when it aborts */
export async function runShop(runtime: Runtime, shop: Shop, { slice, onEnded, signal }: RunOptions): Promise<Run> {
  const start = performance.now();
  const before = runtime.info().position;
  const watch = watchShop(runtime, shop, signal);
  try {
    if (onEnded) watch.onEnded(onEnded);
    await openShop(runtime, shop);
    let placed = 0;
    for (let at = 0; at < shop.orders.length; at += slice) {
      signal?.throwIfAborted();
      const receipts = await Promise.all(
        shop.orders.slice(at, at + slice).map((order, index) => placeOrder(runtime, order, at + index + 1)),
      );
      placed += receipts.filter(({ duplicate }) => !duplicate).length;
    }
    await watch.settled();
    const messages = runtime.info().position - before;
    return { placed, known: shop.orders.length - placed, messages, seconds: (performance.now() - start) / 1000 };
  } finally {
    watch.close();
  }
}

/** The conversation about an order has a name, so that its trace is found without its receipt. */
export function conversationOf(orderId: string): string {
  return `order-${orderId}`;
}

/** Safe to repeat: the keys make every command a duplicate from the second time on. Nothing is sold before it is done. */
export async function openShop(bus: Bus, { products, customers }: Shop): Promise<void> {
  const shelves = [...products.values()].map(product => ({
    productId: product.productID,
    units: product.unitsInStock,
    onOrder: product.unitsOnOrder,
    reorderLevel: product.reorderLevel,
    isDiscontinued: product.discontinued,
  }));
  await Promise.all([
    bus.ask(OpenStock, { products: shelves }, { idempotencyKey: 'open-stock' }),
    ...[...customers.values()].map(({ customerID: customerId, country }) =>
      bus.ask(OpenAccount, { customerId, country }, { idempotencyKey: `open-account-${customerId}` }),
    ),
  ]);
}

export function placeOrder(bus: Bus, order: Order, sequence: number): ReturnType<Bus['publish']> {
  const name = conversationOf(order.orderID);
  return bus.publish(OrderPlaced, toOrderPlaced(order, sequence), { idempotencyKey: name, correlationId: name });
}

function toOrderPlaced(order: Order, sequence: number): DataOf<typeof OrderPlaced> {
  return {
    orderId: order.orderID,
    sequence,
    customerId: order.customerID,
    shipperId: order.shipVia,
    goodsCents: order.lines.reduce((sum, line) => sum + lineCents(line), 0),
    freightCents: toCents(order.freight),
    isAddressed: order.shipPostalCode !== null,
    pickup: toPickup(order),
    lines: order.lines.map(({ productID, quantity }) => ({ productId: productID, units: quantity })),
  };
}

function toPickup({ shippedDate, requiredDate }: Order): DataOf<typeof OrderPlaced>['pickup'] {
  if (shippedDate === null) return 'never';
  return shippedDate > requiredDate ? 'late' : 'prompt';
}

interface Watch {
  onEnded(listener: (ended: number) => void): void;
  /** Resolves when every order has ended and every delivery, invoice and letter that follows is done. */
  settled(): Promise<void>;
  close(): void;
}

function watchShop(runtime: Runtime, shop: Shop, signal: AbortSignal | undefined): Watch {
  const taps: (() => void)[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Failures before anyone waits are told by `settled`, not by the process.
  promise.catch(() => {});
  const abort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort);
  taps.push(
    () => signal?.removeEventListener('abort', abort),
    runtime.tap('failed', ({ error }) => reject(error)),
    runtime.tap('dead-letter', ({ name, key, handler, error }) =>
      reject(new Error(`${name}/${key} gave up on ${handler}: ${error.message}`)),
    ),
    runtime.tap('held', ({ address, reason }) => reject(new Error(`${address} is held: ${reason}`))),
  );
  return {
    onEnded(listener) {
      let ended = endedOrders(runtime);
      const count = (): void => listener(++ended);
      taps.push(runtime.tap(OrderShipped, count), runtime.tap(OrderCancelled, count));
    },
    settled() {
      const look = (): void => {
        if (isSettled(runtime, shop)) resolve();
      };
      taps.push(runtime.tap('idle', look));
      look();
      return promise;
    },
    close: () => taps.forEach(remove => remove()),
  };
}

/** Cheap questions first: this is asked whenever the runtime comes to rest. */
function isSettled(runtime: Runtime, shop: Shop): boolean {
  const shelves = runtime.state(stock);
  if (!shelves || shelves.next <= shop.orders.length || shelves.waiting.length > 0) return false;
  if (Object.values(shelves.shelves).some(({ onOrder }) => onOrder > 0)) return false;
  if (lettersOf(runtime, shop) < shop.orders.length) return false;
  return runtime.sagas.list(checkout, { status: 'running', limit: shelves.next }).length === 0;
}

function endedOrders(runtime: Runtime): number {
  const count = 'select count(*) from troupe_messages where type in (?, ?)';
  const types = [OrderShipped.type, OrderCancelled.type];
  return runtime.transaction(({ sql }) =>
    sql
      .prepare(count)
      .pluck()
      .get(...types),
  ) as number;
}

/** Every order ends with one letter. */
function lettersOf(runtime: Runtime, { customers }: Shop): number {
  let letters = 0;
  for (const customerId of customers.keys()) letters += runtime.state(notifications, customerId)?.letters ?? 0;
  return letters;
}
