// The shop as its CSV files tell it: every row checked, every order complete or left out with the reason.
import { join } from 'node:path';
import { z } from 'zod';
import { readTable, type Problem, type Row, type Table, type TableOptions } from './csv.ts';

const id = z.string().regex(/^[A-Za-z0-9]{1,10}$/, 'is no id');
const count = z
  .string()
  .regex(/^\d{1,7}$/, 'is no whole number')
  .transform(Number);
const decimal = z.string().regex(/^\d{1,9}(?:\.\d{1,4})?$/, 'is no amount');
const fraction = z.string().regex(/^(?:0(?:\.\d{1,4})?|1)$/, 'is no share of one');
const date = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d/, 'is no date')
  .transform(text => text.slice(0, 10));
const dateOrNull = z.union([z.literal('NULL').transform(() => null), date]);

const productRow = z.object({
  productID: id,
  productName: z.string(),
  unitsInStock: count,
  unitsOnOrder: count,
  reorderLevel: count,
  discontinued: z.enum(['0', '1']).transform(flag => flag === '1'),
});
const customerRow = z.object({ customerID: id, companyName: z.string(), country: z.string() });
const shipperRow = z.object({ shipperID: id, companyName: z.string() });
const orderRow = z.object({
  orderID: id,
  customerID: id,
  orderDate: date,
  shippedDate: dateOrNull,
  shipVia: id,
  freight: decimal,
});
const lineRow = z.object({ orderID: id, productID: id, unitPrice: decimal, quantity: count, discount: fraction });

export type Product = z.output<typeof productRow>;
export type Customer = z.output<typeof customerRow>;
export type Shipper = z.output<typeof shipperRow>;
export type Line = z.output<typeof lineRow>;
export type Order = z.output<typeof orderRow> & { readonly lines: readonly Line[] };

export interface Shop {
  readonly products: ReadonlyMap<string, Product>;
  readonly customers: ReadonlyMap<string, Customer>;
  readonly shippers: ReadonlyMap<string, Shipper>;
  /** By date, then by number: the sequence in which they are placed. */
  readonly orders: readonly Order[];
  readonly lineCount: number;
  readonly mended: number;
  readonly problems: readonly Problem[];
}

/** @throws Error where a file is missing or has other columns */
export function readShop(folder: string): Shop {
  const reader = new Reader(folder);
  const products = byId(reader.read('products.csv', productRow), row => row.productID);
  const customers = byId(reader.read('customers.csv', customerRow, 'address'), row => row.customerID);
  const shippers = byId(reader.read('shippers.csv', shipperRow), row => row.shipperID);
  const orders = reader.read('orders.csv', orderRow, 'shipAddress');
  const lines = reader.read('order-details.csv', lineRow);

  const known = { product: products, customer: customers, shipper: shippers } as const;
  const isKnown = (what: keyof typeof known, key: string, row: Row): boolean => {
    if (known[what].has(key)) return true;
    reader.report(row, `there is no ${what} ${key}, so the order is left out`);
    return false;
  };
  const linesOf = Map.groupBy(lines, ({ value }) => value.orderID);
  const complete = orders.flatMap(({ value, row }): Order[] => {
    const own = linesOf.get(value.orderID) ?? [];
    const isWhole = [
      isKnown('customer', value.customerID, row),
      isKnown('shipper', value.shipVia, row),
      ...own.map(line => isKnown('product', line.value.productID, line.row)),
    ].every(Boolean);
    if (reader.broken.has(value.orderID)) return [];
    if (own.length === 0) reader.report(row, `order ${value.orderID} has no lines, so it is left out`);
    return isWhole && own.length > 0 ? [{ ...value, lines: own.map(line => line.value) }] : [];
  });
  const ids = new Set(orders.map(({ value }) => value.orderID));
  for (const [orderId, [first]] of linesOf) {
    if (!first || ids.has(orderId) || reader.broken.has(orderId)) continue;
    reader.report(first.row, `there is no order ${orderId}, so its lines are left out`);
  }
  const sorted = complete.toSorted(
    (a, b) => compare(a.orderDate, b.orderDate) || Number(a.orderID) - Number(b.orderID),
  );
  return {
    products,
    customers,
    shippers,
    orders: sorted,
    lineCount: sorted.reduce((sum, order) => sum + order.lines.length, 0),
    mended: reader.mended,
    problems: reader.problems,
  };
}

interface Checked<T> {
  readonly value: T;
  readonly row: Row;
}

class Reader {
  readonly problems: Problem[] = [];
  /** Orders with a broken line: to ship and bill the rest of one would be wrong. */
  readonly broken = new Set<string>();
  mended = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read<Schema extends z.ZodObject>(file: string, schema: Schema, freeText?: string): Checked<z.output<Schema>>[] {
    const options: TableOptions = { columns: Object.keys(schema.shape), ...(freeText !== undefined && { freeText }) };
    const table: Table = readTable(join(this.#folder, file), options);
    this.problems.push(...table.problems);
    this.mended += table.mended;
    const isOfOrders = 'orderID' in schema.shape;
    if (isOfOrders) for (const { first } of table.problems) this.broken.add(first);
    return table.rows.flatMap(row => {
      const result = schema.safeParse(row.cells);
      if (result.success) return [{ value: result.data, row }];
      const { path, message } = result.error.issues[0] ?? { path: [], message: 'is broken' };
      const column = String(path[0]);
      if (isOfOrders) this.broken.add(row.cells['orderID'] ?? '');
      this.report(row, `${column} '${row.cells[column] ?? ''}' ${message}`);
      return [];
    });
  }

  report({ file, line }: Row, message: string): void {
    this.problems.push({ file, line, message, first: '' });
  }
}

function byId<T>(rows: readonly Checked<T>[], idOf: (row: T) => string): Map<string, T> {
  return new Map(rows.map(({ value }) => [idOf(value), value]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
