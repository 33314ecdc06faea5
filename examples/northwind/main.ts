// The example as a command: runs the Northwind orders through the shop, prints what happened, and checks the books.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crashShop } from './crash.ts';
import { placedOrders } from './ledger.ts';
import { showCount } from './money.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { makeProgress } from './progress.ts';
import { printProblems, printReport } from './report.ts';
import { openRuntime, runShop, type Run } from './shop.ts';
import { readShop, type Shop } from './tables.ts';

const SLICE = 100;
const INTERRUPTED = 130;

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`northwind: ${(error as Error).message}\nTry 'npm start -- --help'.`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const folder = options.db === undefined ? mkdtempSync(join(tmpdir(), 'northwind-')) : undefined;
  try {
    return await run(options, folder === undefined ? resolve(options.db ?? '') : join(folder, 'northwind.db'));
  } catch (error) {
    console.error(`\nnorthwind: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof Interrupted ? INTERRUPTED : 1;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

class Interrupted extends Error {
  constructor({ db }: Options) {
    super(db === undefined ? 'interrupted.' : `interrupted; what was accepted is kept. Run again with --db ${db}.`);
  }
}

async function run(options: Options, database: string): Promise<number> {
  const everything = readShop(options.data);
  const shop: Shop = { ...everything, orders: everything.orders.slice(0, options.orders) };
  printHeader(shop, database, options);
  printProblems(shop.problems);
  console.log();
  if (shop.orders.length === 0) throw new Error('there are no orders to place.');

  const wasCrashed = options.crash && (await crashShop(options, database, shop.orders.length));
  if (options.crash && !wasCrashed) return 1;
  const runtime = await openRuntime(database);
  try {
    const before = placedOrders(runtime).size;
    if (before > shop.orders.length) {
      throw new Error(
        `${database} holds ${showCount(before)} orders already. Use --orders ${before} or more, or another file.`,
      );
    }
    const run = await place(runtime, shop, options);
    return printReport(runtime, shop, options.crash ? undefined : run) ? 0 : 1;
  } finally {
    await runtime.stop();
  }
}

async function place(runtime: Awaited<ReturnType<typeof openRuntime>>, shop: Shop, options: Options): Promise<Run> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Interrupted(options));
  process.once('SIGINT', onSignal);
  const progress = makeProgress(shop.orders.length);
  try {
    const run = await runShop(runtime, shop, {
      slice: SLICE,
      onEnded: ended => progress.show(ended),
      signal: stop.signal,
    });
    progress.end();
    if (run.known > 0 && !options.crash) {
      const rest = run.placed === 0 ? 'nothing was placed twice' : `${showCount(run.placed)} were new`;
      console.log(
        `  ${showCount(run.known)} of ${showCount(shop.orders.length)} orders were in the file already: ${rest}.`,
      );
    }
    return run;
  } finally {
    process.off('SIGINT', onSignal);
  }
}

function printHeader(shop: Shop, database: string, { db }: Options): void {
  const lines = shop.orders.reduce((sum, order) => sum + order.lines.length, 0);
  const customers = new Set(shop.orders.map(({ customerID }) => customerID)).size;
  const line = (name: string, text: string): void => console.log(`  ${name.padEnd(12)} ${text}`);
  console.log('Northwind');
  line('orders', `${showCount(shop.orders.length)} with ${showCount(lines)} lines, from ${customers} customers`);
  line('products', `${shop.products.size}, carried by ${shop.shippers.size} shippers`);
  if (shop.mended > 0) line('mended', `${shop.mended} rows: the comma in an address was not quoted`);
  line('database', db === undefined ? 'a temporary file; --db FILE keeps it' : database);
}

process.exitCode = await main();
