// What a run prints: what became of the orders, what it took, one conversation, and a mark for each balance.
import { createHash } from 'node:crypto';
import { renderTrace, type Runtime } from 'troupe';
import { compareBooks, expectBooks, type Balance, type Book, type BookName, type Books, type Entry } from './books.ts';
import { readBooks } from './ledger.ts';
import { showCents, showCount } from './money.ts';
import { conversationOf, type Run } from './shop.ts';
import type { Problem } from './csv.ts';
import type { Shop } from './tables.ts';

const MOST_LINES = 10;

/** `database` is undefined where it is a temporary one. */
export function printHeader(shop: Shop, database: string | undefined): void {
  const lines = shop.orders.reduce((count, order) => count + order.lines.length, 0);
  const customers = new Set(shop.orders.map(({ customerID }) => customerID)).size;
  const line = (name: string, text: string): void => console.log(`  ${name.padEnd(12)} ${text}`);
  console.log('Northwind');
  line('orders', `${showCount(shop.orders.length)} with ${showCount(lines)} lines, from ${customers} customers`);
  line('products', `${shop.products.size}, carried by ${shop.shippers.size} shippers`);
  if (shop.mended > 0) line('mended', `${shop.mended} rows: the comma in an address was not quoted`);
  line('database', database ?? 'a temporary file; --db FILE keeps it');
}

export function printProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  console.log(`\nLeft out`);
  for (const { file, line, message } of problems.slice(0, MOST_LINES)) console.log(`  ${file}:${line}  ${message}`);
  if (problems.length > MOST_LINES) console.log(`  and ${showCount(problems.length - MOST_LINES)} more rows`);
}

/** Prints everything about a shop that is settled; true when its books balance. */
export function printReport(runtime: Runtime, shop: Shop, run: Run | undefined): boolean {
  const actual = readBooks(runtime, shop);
  printOrders(actual.orders);
  printWork(runtime, run);
  printConversation(runtime, actual.orders);
  return printBooks(compareBooks(expectBooks(shop), actual), actual);
}

function printOrders(orders: Book): void {
  const entries = Object.values(orders);
  const line = (name: string, times: number, why = ''): void => {
    const share = ((100 * times) / Math.max(1, entries.length)).toFixed(1);
    console.log(`  ${name.padEnd(12)} ${showCount(times).padStart(7)} ${share.padStart(6)} %  ${why}`.trimEnd());
  };
  const count = (start: string): number => entries.filter(({ end }) => String(end).startsWith(start)).length;
  const whys = [
    [count('compensated: sold-out'), 'sold out'],
    [count('compensated: credit-limit'), 'over the credit limit'],
    [count('compensated: freight-limit'), 'over the freight limit'],
    [count('compensated: not-collected'), 'never collected'],
  ] as const;
  console.log('\nOrders');
  line('shipped', count('shipped'));
  line(
    'compensated',
    count('compensated'),
    whys.flatMap(([times, why]) => (times > 0 ? `${times} ${why}` : [])).join(', '),
  );
  line('on hold', sum(orders, 'holds'), 'for a while: no postal code; resumed where they were');
}

interface KindRow {
  readonly kind: string;
  readonly count: number;
}

function printWork(runtime: Runtime, run: Run | undefined): void {
  const kinds = runtime.transaction(({ sql }) =>
    sql.prepare('select kind, count(*) as count from troupe_messages group by kind').all(),
  ) as KindRow[];
  const turns = runtime.transaction(({ sql }) =>
    sql.prepare('select count(*) from troupe_turns').pluck().get(),
  ) as number;
  const of = (kind: string): number => kinds.find(row => row.kind === kind)?.count ?? 0;
  const messages = kinds.reduce((sum, { count }) => sum + count, 0);
  const line = (name: string, count: number, remark = ''): void =>
    console.log(`  ${name.padEnd(12)} ${showCount(count).padStart(7)}  ${remark}`.trimEnd());
  console.log('\nWork');
  line('events', of('event'));
  line('commands', of('command'));
  line('replies', of('reply'));
  line('turns', turns);
  line('messages', messages, run && run.messages > 0 ? speedOf(run) : '');
}

function speedOf({ messages, seconds }: Run): string {
  const perSecond = showCount(Math.round(messages / seconds));
  return `${perSecond} per second in ${seconds.toFixed(2)} s, waits for goods and carriers included`;
}

/** The most eventful kind of order there is. */
function printConversation(runtime: Runtime, orders: Book): void {
  const kinds: readonly ((order: Entry) => boolean)[] = [
    ({ end }) => end === 'compensated: not-collected',
    ({ holds }) => Number(holds) > 0,
    ({ end }) => String(end).startsWith('compensated'),
    () => true,
  ];
  const entries = Object.entries(orders);
  const found = kinds.map(isKind => entries.find(([, order]) => isKind(order))).find(entry => entry !== undefined);
  if (!found) return;
  const [orderId, { end, holds }] = found;
  console.log(`\nOne conversation: order ${orderId}, ${Number(holds) > 0 ? 'on hold and then ' : ''}${end}\n`);
  console.log(renderTrace(runtime.trace(conversationOf(orderId)), 'sequence'));
}

function printBooks(balances: readonly Balance[], actual: Books): boolean {
  console.log('\nBooks, against the CSV files');
  for (const { name, differences } of balances) {
    const isRight = differences.length === 0;
    const text = isRight ? describe[name](actual) : `differences: ${showCount(differences.length)}`;
    console.log(`  ${isRight ? '✓' : '✗'} ${name.padEnd(10)} ${text}`);
    for (const difference of differences.slice(0, MOST_LINES)) console.log(`      ${difference}`);
    if (differences.length > MOST_LINES) console.log(`      and ${showCount(differences.length - MOST_LINES)} more`);
  }
  const wrong = balances.filter(({ differences }) => differences.length > 0);
  const fingerprint = createHash('sha256').update(canonical(actual)).digest('hex').slice(0, 12);
  console.log(
    wrong.length === 0
      ? `\nAll ${balances.length} books balance, to the unit and the cent. Fingerprint ${fingerprint}.`
      : `\nThe books do not balance: ${wrong.map(({ name }) => name).join(', ')}.`,
  );
  return wrong.length === 0;
}

const describe: Readonly<Record<BookName, (books: Books) => string>> = {
  orders: ({ orders }) => `${many(orders, 'order')} placed once each, and ended as they should`,
  stock({ stock }) {
    const [supplied, shipped, returned] = [sum(stock, 'supplied'), sum(stock, 'shipped'), sum(stock, 'returned')];
    const out = `${showCount(shipped)} shipped + ${showCount(returned)} returned`;
    return `${showCount(supplied)} units in = ${out} + ${showCount(supplied - shipped - returned)} on the shelf`;
  },
  purchases({ purchases }) {
    const [orders, units] = [sum(purchases, 'purchaseOrders'), sum(purchases, 'deliveredUnits')];
    return `${showCount(orders)} purchase orders, ${showCount(units)} units delivered`;
  },
  money({ money, invoices }) {
    const [authorized, voided] = [sum(money, 'authorized'), sum(money, 'voided')];
    const invoiced = showCents(sum(invoices, 'cents'));
    return `${showCents(authorized)} authorized = ${showCents(voided)} voided + ${invoiced} charged and invoiced`;
  },
  deliveries({ deliveries }) {
    const takenBack = Object.values(deliveries).filter(({ end }) => end !== 'done').length;
    return `${many(deliveries, 'child saga')}, ${showCount(takenBack)} of them undone`;
  },
  shipments({ shipments }) {
    const freight = showCents(sum(shipments, 'freightCents'));
    return `${showCount(sum(shipments, 'parcels'))} parcels with ${many(shipments, 'shipper')}, freight ${freight}`;
  },
  invoices({ invoices }) {
    const last = Number(invoices['numbers']?.['last'] ?? 0);
    return `${showCount(last)} invoices without a gap, ${showCents(sum(invoices, 'cents'))}`;
  },
  customers({ customers }) {
    const buyers = Object.values(customers).filter(({ placed = 0 }) => placed !== 0).length;
    return `${showCount(buyers)} customers, ${showCents(sum(customers, 'spentCents'))} spent`;
  },
  letters: ({ letters }) =>
    `${showCount(sum(letters, 'letters'))} letters, ${showCount(sum(letters, 'regrets'))} with regrets`,
};

/** The same text for the same books, whatever came first. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function sum(book: Book, field: string): number {
  return Object.values(book).reduce((total, entry) => total + Number(entry[field] ?? 0), 0);
}

function many(book: Book, noun: string): string {
  const count = Object.keys(book).length;
  return `${showCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
