// Writes the database that later versions must be able to open: `node scripts/run.mjs test/golden/make.ts`, once per schema.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { SCHEMA_VERSION } from '../../src/runtime/store/schema.ts';
import { OrderPlaced, payments } from '../sagas/checkout.ts';
import { launch } from '../support/kernel-kit.ts';
import { VirtualPlatform } from '../support/virtual-platform.ts';
import { app, Print } from './app.ts';

const file = join(import.meta.dirname, `schema-${SCHEMA_VERSION}.sqlite`);
if (existsSync(file)) throw new Error(`${file} exists. What was written by an older version is never written again.`);

/** Its incarnations differ from those of the process that opens the file. */
class OtherProcess extends VirtualPlatform {
  override incarnation(): string {
    return `60d${super.incarnation().slice(3)}`;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'troupe-golden-'));
let turns = 512;
const { runtime, platform, run } = await launch(app, {
  database: join(folder, 'app.db'),
  platform: new OtherProcess(),
  turns: () => turns,
});
// A finished saga, one that has compensated, and the dead letter behind it.
await run(runtime.publish(OrderPlaced, { orderId: 'done', cents: 4200 }));
await run(runtime.publish(OrderPlaced, { orderId: 'lost', cents: 4200 }));
// A saga in `paying`: its charge waits at a paused instance, `patience` is armed.
await run(runtime.pause(payments, { key: 'waiting' }));
await run(runtime.publish(OrderPlaced, { orderId: 'waiting', cents: 4200 }));
// A task in its first attempt, and the key its command was sent with.
await run(runtime.send(Print, { key: 'a', n: 1 }, { idempotencyKey: 'print-a' }));
// A message that is accepted and has had no turn.
turns = 1;
const accepted = runtime.publish(OrderPlaced, { orderId: 'accepted', cents: 4200 });
await macrotask();
platform.step();
await accepted;
await runtime.backup(file);
rmSync(folder, { recursive: true });
