// The books as they have to be, worked out from the CSV files alone, and their comparison with what the shop has done.
//
// No actor, saga or message takes part here, and nothing depends on how their turns interleave:
// - Goods are promised in the sequence of the order book. A product that is still made can always be promised: it is
//   ordered again, up to a level that depends on promises only. A discontinued one sells what it has, and the rest is
//   refused. Goods that come back are not sold again. So one pass over the orders, by date, decides every promise and
//   every purchase order.
// - An authorization depends on the bill and the customer's country, a shipment on the freight and on whether it was
//   collected. An address without a postal code costs one more delivery: the first is taken back.
// - All deliveries have arrived and all letters are out when the shop is settled.
import { CASE_UNITS, creditLimitCents, FREIGHT_LIMIT_CENTS, REFILL_UNITS } from './terms.ts';
import type { Line, Order, Product, Shop } from './tables.ts';

export type Entry = Readonly<Record<string, number | string>>;
/** One book: an entry per order, product, customer, parcel or shipper. */
export type Book = Readonly<Record<string, Entry>>;
export type BookName =
  | 'orders'
  | 'stock'
  | 'purchases'
  | 'money'
  | 'deliveries'
  | 'shipments'
  | 'invoices'
  | 'customers'
  | 'letters';
export type Books = Readonly<Record<BookName, Book>>;

/** How one book compares: no difference, or each as a sentence. */
export interface Balance {
  readonly name: BookName;
  readonly entries: number;
  readonly differences: readonly string[];
}

type Tally = Record<string, Record<string, number | string>>;

/** Half up, once per line: price × units × (1 − discount), as a fraction of whole numbers. */
export function exactLineCents({
  unitPrice,
  quantity,
  discount,
}: Pick<Line, 'unitPrice' | 'quantity' | 'discount'>): number {
  const [price, off] = [toFraction(unitPrice), toFraction(discount)];
  const above = price.above * BigInt(quantity) * (off.below - off.above) * 100n;
  const below = price.below * off.below;
  return Number((2n * above + below) / (2n * below));
}

function toFraction(decimal: string): { readonly above: bigint; readonly below: bigint } {
  const digits = decimal.replace('.', '');
  const places = decimal.includes('.') ? decimal.length - 1 - decimal.indexOf('.') : 0;
  return { above: BigInt(digits), below: 10n ** BigInt(places) };
}

export function expectBooks(shop: Shop): Books {
  const books = new BookKeeper(shop);
  for (const order of shop.orders) books.enter(order);
  return books.close();
}

class BookKeeper {
  readonly #shop: Shop;
  readonly #tally = {
    orders: {} as Tally,
    stock: {} as Tally,
    purchases: {} as Tally,
    money: {} as Tally,
    deliveries: {} as Tally,
    shipments: {} as Tally,
    invoices: {} as Tally,
    customers: {} as Tally,
    letters: {} as Tally,
  };

  constructor(shop: Shop) {
    this.#shop = shop;
    for (const { productID, unitsInStock, unitsOnOrder } of shop.products.values()) {
      this.#add('stock', productID, { supplied: unitsInStock });
      if (unitsOnOrder > 0) this.#purchase(productID, unitsOnOrder);
    }
  }

  enter(order: Order): void {
    const { orderID, customerID, shipVia, freight } = order;
    const freightCents = exactLineCents({ unitPrice: freight, quantity: 1, discount: '0' });
    const cents = order.lines.reduce((sum, line) => sum + exactLineCents(line), freightCents);
    const reason = this.#decide(order, cents, freightCents);
    this.#add('customers', customerID, { placed: 1 });
    this.#add('letters', customerID, { letters: 1, regrets: reason === '' ? 0 : 1 });
    this.#tally.orders[orderID] = { ...this.#tally.orders[orderID], placed: 1, end: endOf(reason) };
    if (reason === '') {
      this.#add('shipments', shipVia, { parcels: 1, freightCents });
      this.#add('invoices', orderID, { cents });
      const largest = Number(this.#tally.customers[customerID]?.['largestCents'] ?? 0);
      this.#add('customers', customerID, { shipped: 1, spentCents: cents, largestCents: Math.max(0, cents - largest) });
    } else this.#add('customers', customerID, { [reason]: 1 });
  }

  close(): Books {
    const invoices = Object.keys(this.#tally.invoices).length;
    if (invoices > 0) this.#add('invoices', 'numbers', { first: 1, last: invoices });
    return this.#tally;
  }

  /** Why it is not shipped; '' where it is. Each step leaves its entries, and what undoes it leaves others. */
  #decide(order: Order, cents: number, freightCents: number): string {
    const { customerID, lines } = order;
    const isSoldOut = lines.some(line => this.#isSoldOut(line));
    const isDeclined = cents > creditLimitCents(this.#shop.customers.get(customerID)?.country ?? '');
    if (!isSoldOut) for (const { productID, quantity } of lines) this.#promise(this.#product(productID), quantity);
    this.#add('money', customerID, isDeclined ? { declined: 1 } : { authorized: cents });

    const reason = this.#refuse(isSoldOut, isDeclined) ?? this.#deliver(order, freightCents);
    const goods = reason === '' ? 'shipped' : 'returned';
    if (!isSoldOut) lines.forEach(line => this.#add('stock', line.productID, { [goods]: line.quantity }));
    if (!isDeclined) this.#add('money', customerID, { [reason === '' ? 'charged' : 'voided']: cents });
    return reason;
  }

  /** Goods and money are secured side by side; where both fail, the customer hears of the goods. */
  #refuse(isSoldOut: boolean, isDeclined: boolean): string | undefined {
    if (isSoldOut) return 'sold-out';
    return isDeclined ? 'credit-limit' : undefined;
  }

  #deliver({ orderID, shipVia, shipPostalCode, shippedDate }: Order, freightCents: number): string {
    const isInsured = freightCents <= (FREIGHT_LIMIT_CENTS[shipVia] ?? Infinity);
    const holds = isInsured && shipPostalCode === null ? 1 : 0;
    const isCollected = isInsured && shippedDate !== null;
    const parcels = holds + 1;
    this.#add('orders', orderID, { holds, parcels });
    for (let parcel = 1; parcel <= parcels; parcel++) {
      const isDone = isCollected && parcel === parcels;
      this.#tally.deliveries[`${orderID}-${parcel}`] = { end: isDone ? 'done' : 'compensated' };
    }
    this.#add('shipments', shipVia, {
      refused: isInsured ? 0 : 1,
      recalled: holds + (isInsured && !isCollected ? 1 : 0),
    });
    if (isCollected) return '';
    return isInsured ? 'not-collected' : 'freight-limit';
  }

  #isSoldOut({ productID, quantity }: Line): boolean {
    return this.#product(productID).discontinued && this.#free(productID) < quantity;
  }

  #promise({ productID, discontinued, reorderLevel }: Product, units: number): void {
    this.#add('stock', productID, { promised: units });
    const free = this.#free(productID);
    if (discontinued || free > reorderLevel) return;
    const cases = Math.ceil((reorderLevel + REFILL_UNITS - free) / CASE_UNITS);
    this.#purchase(productID, cases * CASE_UNITS);
  }

  /** Bought is as good as here: every delivery arrives, and who waits for it waits. */
  #purchase(productId: string, units: number): void {
    this.#add('purchases', productId, { purchaseOrders: 1, orderedUnits: units, deliveredUnits: units });
    this.#add('stock', productId, { supplied: units });
  }

  #free(productId: string): number {
    const { supplied = 0, promised = 0 } = this.#tally.stock[productId] ?? {};
    return Number(supplied) - Number(promised);
  }

  #product(productId: string): Product {
    const product = this.#shop.products.get(productId);
    if (!product) throw new RangeError(`no product ${productId}`);
    return product;
  }

  #add(book: BookName, key: string, amounts: Readonly<Record<string, number>>): void {
    const entry = (this.#tally[book][key] ??= {});
    for (const [name, amount] of Object.entries(amounts)) entry[name] = Number(entry[name] ?? 0) + amount;
  }
}

/** How an order ends: the words of both sides. */
export function endOf(reason: string): string {
  return reason === '' ? 'shipped' : `compensated: ${reason}`;
}

/** Entry by entry and field by field; a field that is missing is 0. */
export function compareBooks(expected: Books, actual: Books): readonly Balance[] {
  return (Object.keys(expected) as BookName[]).map(name => {
    const [wanted, found] = [expected[name], actual[name]];
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
    const differences = keys.flatMap(key => compareEntries(`${name} ${key}`, wanted[key] ?? {}, found[key] ?? {}));
    return { name, entries: keys.length, differences };
  });
}

function compareEntries(what: string, wanted: Entry, found: Entry): string[] {
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return fields.flatMap(field => {
    const [should, is] = [wanted[field] ?? 0, found[field] ?? 0];
    return should === is ? [] : [`${what}: ${field} should be ${should}, and is ${is}`];
  });
}
