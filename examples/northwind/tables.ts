// The shop as its CSV files tell it: every row checked, every order complete or left out with the reason.
import { join } from 'node:path';
import { z } from 'zod';
import { readTable, type Problem, type Row } from './csv.ts';

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
const nothing = z.literal('NULL').transform(() => null);

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
  requiredDate: date,
  shippedDate: z.union([nothing, date]),
  shipVia: id,
  freight: decimal,
  shipPostalCode: z.union([nothing, z.string()]),
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
  readonly mended: number;
  readonly problems: readonly Problem[];
}

/** @throws Error where a file is missing or has other columns */
export function readShop(folder: string): Shop {
  const reader = new Reader(folder);
  const products = byId(reader.read('products.csv', productRow, { key: row => row.productID }));
  const customers = byId(
    reader.read('customers.csv', customerRow, { key: row => row.customerID, freeText: 'address' }),
  );
  const shippers = byId(reader.read('shippers.csv', shipperRow, { key: row => row.shipperID }));
  const heads = reader.read('orders.csv', orderRow, { key: row => row.orderID, freeText: 'shipAddress' });
  const lines = reader.read('order-details.csv', lineRow, { key: row => `${row.orderID} with ${row.productID}` });

  const linesOf = Map.groupBy(lines.values(), ({ value }) => value.orderID);
  for (const [orderId, own] of linesOf) {
    if (!heads.has(orderId)) reader.leaveOut(orderId, own[0], `there is no order ${orderId}`);
    const stray = own.find(({ value }) => !products.has(value.productID));
    if (stray) reader.leaveOut(orderId, stray, `there is no product ${stray.value.productID}`);
  }
  for (const [orderId, head] of heads) {
    const { customerID, shipVia } = head.value;
    if (!customers.has(customerID)) reader.leaveOut(orderId, head, `there is no customer ${customerID}`);
    if (!shippers.has(shipVia)) reader.leaveOut(orderId, head, `there is no shipper ${shipVia}`);
    if (!linesOf.has(orderId)) reader.leaveOut(orderId, head, 'it has no lines');
  }
  const orders = [...heads.values()]
    .filter(({ value }) => !reader.leftOut.has(value.orderID))
    .map(({ value }) => ({ ...value, lines: (linesOf.get(value.orderID) ?? []).map(line => line.value) }))
    .toSorted((a, b) => compare(a.orderDate, b.orderDate) || compare(a.orderID, b.orderID));
  return {
    products,
    customers,
    shippers,
    orders,
    mended: reader.mended,
    problems: reader.problems.toSorted((a, b) => compare(a.file, b.file) || a.line - b.line),
  };
}

interface Checked<T> {
  readonly value: T;
  readonly row: Row;
}

interface ReadOptions<T> {
  /** What no two rows may share. */
  readonly key: (row: T) => string;
  readonly freeText?: string;
}

class Reader {
  readonly problems: Problem[] = [];
  /** Orders with a fault in any of their rows: to ship and bill the rest of one would be wrong. */
  readonly leftOut = new Set<string>();
  mended = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read<Schema extends z.ZodObject>(
    file: string,
    schema: Schema,
    { key, freeText }: ReadOptions<z.output<Schema>>,
  ): Map<string, Checked<z.output<Schema>>> {
    const columns = Object.keys(schema.shape);
    const table = readTable(join(this.#folder, file), { columns, ...(freeText !== undefined && { freeText }) });
    const report = (line: number, message: string, orderId = ''): void => {
      const isOfOrder = columns.includes('orderID') && orderId !== '';
      if (isOfOrder) this.leftOut.add(orderId);
      this.problems.push({ file, line, message: isOfOrder ? withOrder(message, orderId) : message, first: orderId });
    };
    this.mended += table.mended;
    for (const { line, message, first } of table.problems) report(line, message, first);

    const checked = new Map<string, Checked<z.output<Schema>>>();
    for (const row of table.rows) {
      const { data, error } = schema.safeParse(row.cells);
      const issue = error?.issues[0];
      const column = String(issue?.path[0]);
      const twin = data && checked.get(key(data));
      if (issue) report(row.line, `${column} '${row.cells[column] ?? ''}' ${issue.message}`, row.cells['orderID']);
      else if (twin) report(row.line, `repeats line ${twin.row.line}`, row.cells['orderID']);
      else if (data) checked.set(key(data), { value: data, row });
    }
    return checked;
  }

  /** Reports the first reason for each order. */
  leaveOut(orderId: string, at: Checked<unknown> | undefined, message: string): void {
    if (!at || this.leftOut.has(orderId)) return;
    this.leftOut.add(orderId);
    const { file, line } = at.row;
    this.problems.push({ file, line, message: withOrder(message, orderId), first: orderId });
  }
}

function withOrder(message: string, orderId: string): string {
  return `${message}; order ${orderId} is left out`;
}

function byId<T>(rows: ReadonlyMap<string, Checked<T>>): ReadonlyMap<string, T> {
  return new Map([...rows].map(([key, { value }]) => [key, value]));
}

/** By number where both are numbers. */
function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
