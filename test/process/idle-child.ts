// A program for the test of idling: works, then leaves its runtime running and says what keeps the event loop awake.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand, defineEvent } from '../../src/index.ts';

const Count = defineCommand('idle.count', { data: z.object({}), key: () => 'a', reply: z.number() });
const Later = defineCommand('idle.later', { data: z.object({}), key: () => 'a' });
const Seen = defineEvent('idle.seen', { data: z.object({}), key: () => 'a' });
const counter = defineActor('counter', { state: () => ({ n: 0 }), publishes: [Seen], sends: [Later] })
  .on(Count, ctx => {
    ctx.state.n += 1;
    ctx.publish(Seen, {});
    return ctx.state.n;
  })
  .on(Later, () => undefined);
const listener = defineActor('listener', { state: () => ({ n: 0 }) }).on(Seen, ctx => {
  ctx.state.n += 1;
});

const runtime = await createRuntime(defineApp({ actors: [counter, listener] }), { database: process.argv[2] ?? '' });
await Promise.all(Array.from({ length: 200 }, () => runtime.ask(Count, {})));
await sleep(50);

const awake = (): string[] =>
  process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'Immediate');
const { drains } = runtime.info();
const idle = awake();
const cpu = process.cpuUsage();
await sleep(500);
const { user, system } = process.cpuUsage(cpu);
const slept = runtime.info().drains - drains;
await runtime.send(Later, {}, { delay: '300ms' });
await sleep(0);
process.stdout.write(JSON.stringify({ idle, armed: awake(), drains: slept, cpuMs: (user + system) / 1000 }));
