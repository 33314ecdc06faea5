// Orders of Northwind as orders of the three styles, and a warehouse that has what they ask for.
import { fileURLToPath } from 'node:url';
import { lineCents } from '../northwind/money.ts';
import { readShop } from '../northwind/tables.ts';
import type { Order } from './contracts.ts';
import { giveBack, type Shelves } from './shelves.ts';

/** @throws Error where the CSV files are not there */
export function readOrders(): readonly Order[] {
  const { orders } = readShop(fileURLToPath(new URL('../northwind/data', import.meta.url)));
  return orders.map(({ orderID, shipPostalCode, lines }) => ({
    orderId: orderID,
    cents: lines.reduce((sum, line) => sum + lineCents(line), 0),
    isAddressed: shipPostalCode !== null,
    lines: lines.map(({ productID, quantity }) => ({ productId: productID, units: quantity })),
  }));
}

/** Enough for all of them, `times` over: who is first must not decide what is measured. */
export function shelvesFor(orders: readonly Order[], times: number): Shelves {
  const shelves: Shelves = {};
  for (const { lines } of orders) {
    giveBack(
      shelves,
      lines.map(({ productId, units }) => ({ productId, units: units * times })),
    );
  }
  return shelves;
}
