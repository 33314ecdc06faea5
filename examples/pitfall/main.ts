// The accident as a command: what check says of it, what happens without a ledger and with one, and how it is mended.
import { check, createRuntime, renderTrace, type App } from 'troupe';
import { World } from '../styles/world.ts';
import { accident, OrderPlaced } from './accident.ts';
import { fixed } from './fixed.ts';

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const because = [{ code: 'TR101', reason: 'to show what happens then' }] as const;

console.log('1. check, before anything runs\n');
for (const { code, problem, way, fixes } of check(accident(new World())).findings) {
  console.log(`${code} ${problem}`);
  for (const { at, does, what } of way) console.log(`   ${at} ${does} ${what}`);
  for (const fix of fixes) console.log(` - ${fix}`);
}

await place('\n2. waived, and nothing else', world => accident(world, { allow: because }));
await place("\n3. waived, with effects: { 'charge-card': 'block' }", world =>
  accident(world, { allow: because, effects: { 'charge-card': 'block' } }),
);
await place("\n4. mended: the saga claims the charge, the handler yieldsTo: 'orchestrator'", fixed);

async function place(title: string, makeApp: (world: World) => App): Promise<void> {
  const world = new World();
  await using runtime = await createRuntime(makeApp(world), { database: ':memory:', logger });
  const { correlationId } = await runtime.publish(OrderPlaced, { orderId: 'A-1', cents: 4200 });
  await runtime.settled();
  console.log(`${title}: charged ${world.of('A-1').charges === 1 ? 'once' : 'twice'}\n`);
  console.log(renderTrace(runtime.trace(correlationId), 'tree'));
}
