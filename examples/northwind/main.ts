// The example as a command: runs the Northwind orders through the shop, prints what happened, and checks the books.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Runtime } from 'troupe';
import { crashShop } from './crash.ts';
import { placedOrders } from './ledger.ts';
import { showCount } from './money.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { makeProgress } from './progress.ts';
import { printHeader, printProblems, printReport } from './report.ts';
import { openRuntime, runShop, type Run } from './shop.ts';
import { readShop, type Shop } from './tables.ts';

const SLICE = 100;
const WRONG_USE = 2;
const INTERRUPTED = 130;

const stop = new AbortController();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`northwind: ${messageOf(error)}\nTry 'npm start -- --help'.`);
    return WRONG_USE;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  const folder = options.db === undefined ? mkdtempSync(join(tmpdir(), 'northwind-')) : undefined;
  try {
    return await run(options, folder === undefined ? resolve(options.db ?? '') : join(folder, 'northwind.db'));
  } catch (error) {
    if (!stop.signal.aborted) {
      console.error(`\nnorthwind: ${messageOf(error)}`);
      return 1;
    }
    const rest = options.db === undefined ? '' : '; what was accepted is in the file, and goes on with the next run';
    console.error(`\nnorthwind: interrupted${rest}.`);
    return INTERRUPTED;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function run(options: Options, database: string): Promise<number> {
  const everything = readShop(options.data);
  const shop: Shop = { ...everything, orders: everything.orders.slice(0, options.orders) };
  printHeader(shop, options.db === undefined ? undefined : database);
  printProblems(shop.problems);
  console.log();
  if (shop.orders.length === 0) throw new Error('there are no orders to place.');

  const known = existsSync(database) ? await countOrders(database) : 0;
  if (known > shop.orders.length) {
    throw new Error(`${database} holds ${known} orders already. Use --orders ${known} or more, or another file.`);
  }
  const isNew = known < shop.orders.length;
  const wasCrashed = options.crash && isNew ? await crashShop(options, database, shop.orders.length) : true;

  const runtime = await openRuntime(database);
  try {
    const done = await place(runtime, shop);
    if (known > 0) {
      const rest = isNew ? `${showCount(shop.orders.length - known)} were new` : 'nothing was placed twice';
      console.log(
        `  ${showCount(known)} of ${showCount(shop.orders.length)} orders were in the file already: ${rest}.`,
      );
    }
    const isBalanced = printReport(runtime, shop, done);
    return isBalanced && wasCrashed ? 0 : 1;
  } finally {
    await runtime.stop();
  }
}

async function countOrders(database: string): Promise<number> {
  await using runtime = await openRuntime(database);
  return placedOrders(runtime).size;
}

async function place(runtime: Runtime, shop: Shop): Promise<Run> {
  const progress = makeProgress(shop.orders.length);
  try {
    return await runShop(runtime, shop, {
      slice: SLICE,
      onEnded: ended => progress.show(ended),
      signal: stop.signal,
    });
  } finally {
    progress.end();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
