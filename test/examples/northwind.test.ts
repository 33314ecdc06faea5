// Runs the Northwind example the way its users do, and checks the checks: a planted fault in the books must be seen.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { createRuntime } from 'troupe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app } from '../../examples/northwind/app.ts';
import { compareBooks, exactLineCents, expectBooks } from '../../examples/northwind/books.ts';
import { OpenStock, ReserveStock } from '../../examples/northwind/contracts.ts';
import { parseTable } from '../../examples/northwind/csv.ts';
import { lineCents, showCents, toCents } from '../../examples/northwind/money.ts';
import { readShop } from '../../examples/northwind/tables.ts';
import { root } from '../../scripts/entries.mjs';

const example = join(root, 'examples/northwind');
const data = join(example, 'data');
const minutes = 60_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'northwind-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The example's temporary files go to a folder of their own, which must be empty afterwards. */
function northwind(...args: string[]): Result & { readonly left: readonly string[] } {
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  const result = spawnSync(
    process.execPath,
    ['--import', pathToFileURL(join(root, 'scripts/from-source.mjs')).href, join(example, 'main.ts'), ...args],
    {
      encoding: 'utf8',
      timeout: 2 * minutes,
      env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    },
  );
  return { ...result, left: readdirSync(temporary) };
}

/** One part of what was printed: from its title to the next empty line. */
function part(stdout: string, title: string): string {
  const start = stdout.indexOf(`\n${title}\n`) + 1;
  return start === 0 ? '' : stdout.slice(start, stdout.indexOf('\n\n', start));
}

function lastLine(stdout: string): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

function conversationIn(stdout: string): string {
  return stdout.slice(stdout.indexOf('One conversation'), stdout.indexOf('Books, against'));
}

/** All of it, in this order. */
function expectSaid(text: string, said: readonly string[]): void {
  const places = said.map(one => text.indexOf(one));
  expect(places.every(place => place > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

/** A copy of the CSV files with lines (from 1) replaced. */
function brokenData(name: string, changes: Readonly<Record<string, Readonly<Record<number, string>>>>): string {
  const copy = join(folder, name);
  cpSync(data, copy, { recursive: true });
  for (const [file, lines] of Object.entries(changes)) {
    const text = readFileSync(join(copy, file), 'utf8').split('\n');
    for (const [line, replacement] of Object.entries(lines)) text[Number(line) - 1] = replacement;
    writeFileSync(join(copy, file), text.join('\n'));
  }
  return copy;
}

const ORDERS = `Orders
  shipped           89   74.2 %
  compensated       31   25.8 %  29 sold out, 2 over the credit limit
  on hold            3    2.5 %  for a while: no postal code; resumed where they were`;

const BOOKS = `Books, against the CSV files
  ✓ orders     120 orders placed once each, and ended as they should
  ✓ stock      10,939 units in = 5,308 shipped + 182 returned + 5,449 on the shelf
  ✓ purchases  75 purchase orders, 7,820 units delivered
  ✓ money      146,497.04 authorized = 38,743.84 voided + 107,753.20 charged and invoiced
  ✓ deliveries 92 child sagas, 3 of them undone
  ✓ shipments  89 parcels with 3 shippers, freight 4,827.87
  ✓ invoices   89 invoices without a gap, 107,753.20
  ✓ customers  62 customers, 107,753.20 spent
  ✓ letters    120 letters, 31 with regrets`;

const VERDICT = 'All 9 books balance, to the unit and the cent. Fingerprint c905f7050a37.';

describe('npm start', { timeout: 2 * minutes }, () => {
  it('runs orders, tells what became of them, and balances its books', () => {
    const { status, stdout, stderr, left } = northwind('--orders', '120');

    expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
    expect(stdout).toMatch(
      /^Northwind\n {2}orders {7}120 with 320 lines, from 62 customers\n {2}products {5}77, carried by 3 shippers\n/,
    );
    expect(stdout).toContain('   25 %   30 of 120 orders\n   50 %   60 of 120 orders\n');
    expect(part(stdout, 'Orders')).toBe(ORDERS);
    expect(part(stdout, 'Work')).toMatch(/^ {2}messages +[\d,]+ {2}[\d,]+ per second/m);
    expect(part(stdout, 'Books, against the CSV files')).toBe(BOOKS);
    expect(lastLine(stdout)).toBe(VERDICT);
  });

  it('draws the conversation of an order that was on hold', () => {
    const { stdout } = northwind('--orders', '120');

    expect(conversationIn(stdout)).toMatch(/^One conversation: order 10298, on hold and then shipped\n/);
    expectSaid(conversationIn(stdout), [
      'order.placed',
      'saga.delivery.start 10298-1',
      'order.held',
      'saga.delivery.undo 10298-1',
      'shipping.recall',
      'order.resumed',
      'saga.delivery.start 10298-2',
      'order.shipped',
    ]);
  });

  it('ends all 830 orders with balanced books, those among them that wait for a durable timer', () => {
    const { status, stdout } = northwind();

    expect(part(stdout, 'Orders')).toContain('13 never collected');
    expect(conversationIn(stdout)).toMatch(/^One conversation: order \d+, compensated: not-collected\n/);
    expectSaid(conversationIn(stdout), [
      'payments.authorize',
      'saga.delivery.start',
      'after.patience',
      'shipping.recall',
      'order.cancelled',
      'payments.void',
      'stock.release',
    ]);
    expect(lastLine(stdout)).toBe('All 9 books balance, to the unit and the cent. Fingerprint 61314465a250.');
    expect(status).toBe(0);
  });

  it('places no order twice in a file that is run again', () => {
    const db = join(folder, 'again.db');
    const first = northwind('--db', db, '--orders', '50');
    const second = northwind('--db', db, '--orders', '120');
    const third = northwind('--db', db, '--orders', '120');

    expect([first.status, second.status, third.status]).toEqual([0, 0, 0]);
    expect(second.stdout).toContain('  50 of 120 orders were in the file already: 70 were new.\n');
    expect(third.stdout).toContain('  120 of 120 orders were in the file already: nothing was placed twice.\n');
    expect(lastLine(second.stdout)).toBe(VERDICT);
    expect(lastLine(third.stdout)).toBe(VERDICT);
    expect(part(third.stdout, 'Work')).toBe(part(second.stdout, 'Work').replace(/(messages +[\d,]+).*/, '$1'));
  });

  it('refuses to leave out orders that a file holds', () => {
    const db = join(folder, 'fewer.db');
    northwind('--db', db, '--orders', '20');

    const { status, stderr } = northwind('--db', db, '--orders', '10');
    expect(status).toBe(1);
    expect(stderr).toContain('holds 20 orders already. Use --orders 20 or more, or another file.');
  });

  it('sees one cent that is missing in a kept file, and exits with 1', () => {
    const db = join(folder, 'cent.db');
    northwind('--db', db, '--orders', '20');
    const database = new Database(db);
    database.exec("update invoices set cents = cents - 1 where order_id = '10249'");
    database.close();

    const { status, stdout } = northwind('--db', db, '--orders', '20');
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ invoices {3}differences: 1\n {6}invoices 10249: cents should be 187501, and is 187500\n/);
    expect(lastLine(stdout)).toBe('The books do not balance: invoices.');
  });

  it('reports broken rows with file and line, and goes on with the rest', () => {
    const folderWithFaults = brokenData('faults', {
      'orders.csv': { 4: '10250,HANAR,4,"1996-07-08' },
      'order-details.csv': { 2: '10248,11,fourteen,12,0', 14: '10252,20', 20: '10254,24,3.60,15,0.15' },
      'customers.csv': { 4: 'ANTON' },
    });
    const { status, stdout } = northwind('--data', folderWithFaults, '--orders', '20');

    expect(part(stdout, 'Left out').split('\n')).toEqual([
      'Left out',
      '  customers.csv:4  has 1 of 11 cells',
      "  order-details.csv:2  unitPrice 'fourteen' is no amount; order 10248 is left out",
      '  order-details.csv:14  has 2 of 5 cells; order 10252 is left out',
      '  order-details.csv:20  repeats line 19; order 10254 is left out',
      '  orders.csv:4  Quote Not Closed: the parsing is finished with an opening quote; order 10250 is left out',
      '  orders.csv:119  there is no customer ANTON; order 10365 is left out',
      '  orders.csv:261  there is no customer ANTON; order 10507 is left out',
      '  orders.csv:289  there is no customer ANTON; order 10535 is left out',
      '  orders.csv:327  there is no customer ANTON; order 10573 is left out',
      '  orders.csv:431  there is no customer ANTON; order 10677 is left out',
      '  and 2 more rows',
    ]);
    expect(stdout).toContain('20 orders placed once each');
    expect(status).toBe(0);
  });

  it('says what is wrong with a folder that has no CSV files', () => {
    const { status, stderr } = northwind('--data', join(folder, 'nowhere'));

    expect(status).toBe(1);
    expect(stderr).toMatch(/^\nnorthwind: .*products\.csv/);
  });
});

describe('npm start -- --crash', { timeout: 2 * minutes }, () => {
  it('is killed on the way and ends with the same books', () => {
    const { status, stdout, stderr, left } = northwind('--crash', '--orders', '120', '--kills', '5');

    expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
    expect(stdout).toMatch(/\n {2}killed 5 times with SIGKILL, the last time after \d+ of 120 orders\n/);
    expect(part(stdout, 'Orders')).toBe(ORDERS);
    expect(part(stdout, 'Books, against the CSV files')).toBe(BOOKS);
    expect(lastLine(stdout)).toBe(VERDICT);
  });

  it('exits with 1 when the orders are done before the last kill', () => {
    const { status, stdout } = northwind('--crash', '--orders', '1', '--kills', '60');

    expect(stdout).toMatch(/All orders were done before kill \d+ of 60: use fewer --kills\./);
    expect(stdout).toContain('All 9 books balance');
    expect(status).toBe(1);
  });
});

describe('the command line', { timeout: minutes }, () => {
  it('explains itself', () => {
    const { status, stdout, stderr } = northwind('--help');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const options = ['--db FILE', '--orders N', '--crash', '--kills N', '--data FOLDER', '--help'];
    expect(options.filter(option => !stdout.includes(option))).toEqual([]);
  });

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['orders'], "Unexpected argument 'orders'"],
    [['--orders', '0'], "--orders takes a whole number from 1, like '--orders 100', and not '0'."],
    [['--kills', '3'], "--kills goes with '--crash'."],
    [['--db', ''], "--db takes a file, like '--db shop.db'."],
  ])('refuses %j', (args, message) => {
    const { status, stdout, stderr } = northwind(...args);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`northwind: ${message}`);
    expect(stderr).toContain("Try 'npm start -- --help'.");
  });
});

describe('parseTable', () => {
  const parse = (text: string): ReturnType<typeof parseTable> =>
    parseTable(text, { file: 'some.csv', columns: ['id', 'text'], freeText: 'text' });
  const cellsOf = (text: string): unknown[] => parse(text).rows.map(({ line, cells }) => ({ line, ...cells }));

  it('reads quoted and plain cells, CRLF, a byte order mark and empty lines', () => {
    expect(cellsOf('\uFEFFid,text,n\r\n1,"a, ""b""",2\r\n\r\n3,c,4\r\n')).toEqual([
      { line: 2, id: '1', text: 'a, "b"', n: '2' },
      { line: 4, id: '3', text: 'c', n: '4' },
    ]);
  });

  it('gives the surplus cells of a row to the column of free text, and counts it', () => {
    const text = 'id,text,n\n1,12, rue du Commerce,2\n3,plain,4\n';

    expect(cellsOf(text)).toEqual([
      { line: 2, id: '1', text: '12, rue du Commerce', n: '2' },
      { line: 3, id: '3', text: 'plain', n: '4' },
    ]);
    expect(parse(text).mended).toBe(1);
  });

  it('reports a broken row with its line and reads on, even after a quote that is never closed', () => {
    const { rows, problems } = parse('id,text,n\n1,"open,2\n3,c"d,4\n5\n6,f,7\n');

    expect(rows.map(({ line }) => line)).toEqual([5]);
    expect(problems.map(({ file, line, first }) => ({ file, line, first }))).toEqual([
      { file: 'some.csv', line: 2, first: '1' },
      { file: 'some.csv', line: 3, first: '3' },
      { file: 'some.csv', line: 4, first: '5' },
    ]);
    expect(problems.map(({ message }) => message).join()).not.toContain('line');
  });

  it('refuses a file that lacks a column', () => {
    expect(() => parse('id,other\n1,2\n')).toThrow('some.csv has no column text in its first line.');
  });
});

describe('money', () => {
  it('rounds a line once, half up', () => {
    expect(lineCents({ unitPrice: '0.10', quantity: 1, discount: '0.05' })).toBe(10);
    expect(lineCents({ unitPrice: '0.30', quantity: 3, discount: '0.15' })).toBe(77);
    expect([toCents('32.38'), toCents('7'), toCents('0.005')]).toEqual([3238, 700, 1]);
    expect(showCents(123_456_789)).toBe('1,234,567.89');
  });

  it('agrees with the independent arithmetic of the books', () => {
    const decimal = (most: number): fc.Arbitrary<string> =>
      fc
        .tuple(fc.nat(most), fc.stringMatching(/^[0-9]{0,4}$/))
        .map(([whole, rest]) => (rest === '' ? `${whole}` : `${whole}.${rest}`));
    const share = fc.stringMatching(/^[0-9]{1,4}$/).map(digits => `0.${digits}`);
    fc.assert(
      fc.property(decimal(999_999), fc.nat(9_999_999), share, (unitPrice, quantity, discount) => {
        const line = { unitPrice, quantity, discount };
        expect(lineCents(line)).toBe(exactLineCents(line));
      }),
    );
  });
});

describe('the books', () => {
  const shop = readShop(data);

  it('are worked out from every row of the files', () => {
    const lines = shop.orders.flatMap(order => order.lines);
    expect([shop.orders.length, lines.length, shop.products.size]).toEqual([830, 2155, 77]);
    expect(shop.problems).toEqual([]);
  });

  it('balance with themselves', () => {
    const balances = compareBooks(expectBooks(shop), expectBooks(shop));

    expect(balances).toHaveLength(9);
    expect(balances.flatMap(({ differences }) => differences)).toEqual([]);
  });

  it.each(
    Object.entries(expectBooks(shop)).flatMap(([name, book]) =>
      Object.keys(book)
        .slice(0, 1)
        .map(key => [name, key]),
    ),
  )('show a planted imbalance in %s of %s', (name, key) => {
    const [expected, planted] = [expectBooks(shop), structuredClone(expectBooks(shop))];
    const entry = (planted as unknown as Record<string, Record<string, Record<string, unknown>>>)[name]?.[key] ?? {};
    const [field = ''] = Object.keys(entry);
    entry[field] = Number(entry[field]) + 1;

    const wrong = compareBooks(expected, planted).filter(({ differences }) => differences.length > 0);
    expect(wrong.map(balance => balance.name)).toEqual([name]);
    expect(wrong[0]?.differences).toEqual([expect.stringMatching(`^${name} ${key}: ${field} should be `)]);
  });

  it('show an order too many and an order too few', () => {
    const fewer = expectBooks({ ...shop, orders: shop.orders.slice(0, -1) });

    const wrong = (balances: ReturnType<typeof compareBooks>): string[] =>
      balances.filter(({ differences }) => differences.length > 0).map(({ name }) => name);
    expect(wrong(compareBooks(expectBooks(shop), fewer))).toContain('orders');
    expect(wrong(compareBooks(fewer, expectBooks(shop)))).toContain('orders');
  });
});

describe('stock', () => {
  it('promises the last units by the order book, whichever order asks first', async () => {
    await using runtime = await createRuntime(app, { database: ':memory:', durability: 'memory' });
    const product = { productId: '1', units: 5, onOrder: 0, reorderLevel: 0, isDiscontinued: true };
    await runtime.send(OpenStock, { products: [product] });
    const lines = [{ productId: '1', units: 5 }];

    const third = runtime.ask(ReserveStock, { orderId: 'c', sequence: 3, lines });
    const second = runtime.ask(ReserveStock, { orderId: 'b', sequence: 2, lines });
    const first = runtime.ask(ReserveStock, { orderId: 'a', sequence: 1, lines });

    expect(await Promise.all([first, second, third])).toEqual([
      { ok: true },
      { ok: false, code: 'sold-out' },
      { ok: false, code: 'sold-out' },
    ]);
  });
});
