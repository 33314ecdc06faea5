// A program for the tests of poison: messages that kill the process, in every way in which one can reach a handler.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand, defineEvent } from '../../src/index.ts';

const data = z.object({ key: z.string() });
const key = ({ key: own }: { key: string }): string => own;
const Poison = defineCommand('poison.take', { data, key });
const PoisonTask = defineCommand('poison.work', { data, key });
const Trigger = defineEvent('poison.triggered', { data, key });
const Good = defineCommand('poison.good', { data, key });
const Arm = defineCommand('poison.arm', { data, key });

const die = (): undefined => process.abort();
const victim = defineActor('victim', { sends: [Poison] })
  .on(Poison, die)
  .on(Arm, (ctx, given) => ctx.schedule(Poison, given, { after: 20 }))
  .task(PoisonTask, async () => {
    await sleep(5);
    die();
  });
const relay = defineActor('relay', { sends: [Poison] }).on(Trigger, (ctx, given) => ctx.send(Poison, given));
const good = defineActor('good', { state: () => ({ n: 0 }) }).on(Good, ctx => void (ctx.state.n += 1));

const [file = '', mode = ''] = process.argv.slice(2);
const app = defineApp({ actors: [victim, relay, good] });
const isFirst = !existsSync(file);
const runtime = await createRuntime(app, { database: file });

async function send(): Promise<void> {
  const delay = 20;
  for (const each of ['a', 'b', 'c']) await runtime.send(Good, { key: each }, { delay });
  const given = { key: 'p' };
  switch (mode) {
    case 'delayed':
      await runtime.send(Poison, given, { delay });
      break;
    case 'timer':
      await runtime.send(Arm, given);
      break;
    case 'caused':
      await runtime.publish(Trigger, given, { delay });
      break;
    case 'resumed':
      await runtime.pause(victim);
      await runtime.send(Poison, given);
      await runtime.resume(victim);
      break;
    case 'task':
      await runtime.send(PoisonTask, given);
  }
}

const given = new Promise<void>(resolve => {
  runtime.tap('dead-letter', () => resolve());
  if (runtime.deadLetters.list().length > 0) resolve();
});
if (isFirst) await send();
await given;
await sleep(50);
const letters = runtime.deadLetters.list().map(({ reason, crashes }) => ({ reason, crashes }));
const states = ['a', 'b', 'c'].map(each => runtime.state(good, each));
process.stdout.write(JSON.stringify({ letter: letters.at(-1), states }));
process.exit(0);
