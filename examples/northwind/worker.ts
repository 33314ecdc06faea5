// One life of the shop under `--crash`: reports as its turns commit, and goes on only when the parent process says so.
import { readSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { openRuntime, runShop } from './shop.ts';
import { readShop } from './tables.ts';

/** Small slices: many commits, so that there are many places to be killed at. */
const SLICE = 8;

// It will not live to do so at its end; the lives after it start faster.
flushCompileCache();

const [database = '', data = '', orders = '', stride = ''] = process.argv.slice(2);
const shop = readShop(data);
const runtime = await openRuntime(database);

let turns = 0;
let ended = 0;
const removeTap = runtime.tap('turn', () => {
  turns += 1;
  if (turns % Number(stride) === 0) report();
});
await runShop(
  runtime,
  { ...shop, orders: shop.orders.slice(0, Number(orders)) },
  { slice: SLICE, onEnded: count => void (ended = count) },
);
removeTap();
await runtime.stop();

/** Stops the whole process until the parent answers, so that where it is killed does not depend on how fast it runs. */
function report(): void {
  writeSync(1, `${ended}\n`);
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(1);
}
