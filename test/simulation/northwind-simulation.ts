// Northwind: a few real orders with different fates; in the end every book is what the CSV files say it must be.
import { fileURLToPath } from 'node:url';
import { app } from '../../examples/northwind/app.ts';
import { compareBooks, expectBooks } from '../../examples/northwind/books.ts';
import { OrderCancelled, OrderPlaced, OrderShipped } from '../../examples/northwind/contracts.ts';
import { readBooks } from '../../examples/northwind/ledger.ts';
import { openShop, placeOrder } from '../../examples/northwind/shop.ts';
import { readShop, type Order, type Shop } from '../../examples/northwind/tables.ts';
import type { Bus } from '../../src/index.ts';
import { eventually, leadsTo, noDeadLetters, once } from '../../src/testing/index.ts';
import type { Invariant, Simulation, TestRuntime } from '../../src/testing/index.ts';

const ORDERS = 3;
const northwind = readShop(fileURLToPath(new URL('../../examples/northwind/data', import.meta.url)));
const books = expectBooks(northwind);

/** Orders by how they fare: most of the book is shipped at once, and the others are what is interesting. */
const fates = [
  ...Map.groupBy(northwind.orders, ({ orderID, shipPostalCode, shippedDate, requiredDate }) => {
    const pickup = shippedDate === null ? 'never' : String(shippedDate > requiredDate);
    return `${String(books.orders[orderID]?.['end'])} ${shipPostalCode === null} ${pickup}`;
  }).values(),
];

/** A shop of these orders, and of what they need. */
function shopOf(orders: readonly Order[]): Shop {
  const ids = new Set(orders.flatMap(({ lines }) => lines.map(({ productID }) => productID)));
  const customers = new Set(orders.map(({ customerID }) => customerID));
  return {
    ...northwind,
    orders,
    products: new Map([...northwind.products].filter(([id]) => ids.has(id))),
    customers: new Map([...northwind.customers].filter(([id]) => customers.has(id))),
  };
}

async function trade(bus: Bus, shop: Shop): Promise<void> {
  await openShop(bus, shop);
  await Promise.all(shop.orders.map((order, at) => placeOrder(bus, order, at + 1)));
}

const booksBalance = (shopOfRun: (runtime: TestRuntime) => Shop): Invariant =>
  eventually('the books balance', runtime => {
    const shop = shopOfRun(runtime);
    const differences = compareBooks(expectBooks(shop), readBooks(runtime, shop)).flatMap(book => book.differences);
    if (differences.length > 0) throw new Error(differences.join('; '));
  });

const invariants = [
  leadsTo(OrderPlaced, [OrderShipped, OrderCancelled]),
  once(OrderShipped).per('key'),
  once(OrderCancelled).per('key'),
  noDeadLetters(),
];
const drawn = new WeakMap<TestRuntime, Shop>();

export const northwindSimulation: Simulation = {
  name: 'northwind',
  app,
  scenario: async ({ client, runtime, random }) => {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const shop = shopOf([...new Set(Array.from({ length: ORDERS }, () => pick(pick(fates))))]);
    drawn.set(runtime, shop);
    await trade(client, shop);
  },
  options: { invariants: [...invariants, booksBalance(runtime => drawn.get(runtime) ?? shopOf([]))] },
};

/** On hold, too dear, never collected, late, sold out, not insured: every way through the checkout. */
const chosen = shopOf(
  northwind.orders.filter(({ orderID }) => ['10373', '10353', '11040', '10271', '11051', '10816'].includes(orderID)),
);

/** The checkout with these orders, for crashes at every commit. */
export const checkoutSimulation: Simulation = {
  name: 'northwind checkout',
  app,
  scenario: ({ client }) => trade(client, chosen),
  options: {
    invariants: [...invariants, booksBalance(() => chosen)],
    end: runtime => ({ ...readBooks(runtime, chosen) }),
  },
};
