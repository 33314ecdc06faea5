// The simulation of the effect ledger: a command and an event ask for the same charge, and the card is charged once.
import { command, defineActor, defineApp, defineSaga, task, TroupeError, type TaskArgs } from '../../src/index.ts';
import { always, eventually, type Simulation, type TestRuntime } from '../../src/testing/index.ts';
import { setup } from 'xstate';
import { commandOf, eventOf } from '../support/kernel-kit.ts';

const Order = commandOf('once.order');
const Charge = commandOf('once.charge');
const Look = commandOf('once.look');
const Ordered = eventOf('once.ordered');
const Noted = eventOf('once.noted');

const KEYS = ['a', 'b', 'c'];
const CHARGE = 'charge-card';
const NOTE = 'note';

/** Publishes and sends: the double trigger. */
const desk = defineActor('desk', { publishes: [Ordered, Noted], sends: [Charge] }).on(Order, (ctx, { key, n }) => {
  ctx.publish(Ordered, { key, n });
  ctx.send(Charge, { key, n });
  ctx.publish(Noted, { key, n });
  return n;
});

const bank = defineActor('bank').task(
  Charge,
  async (ctx, { n }) => {
    await ctx.sleep('line', n * 100);
    return n;
  },
  { effect: CHARGE },
);
const eager = defineActor('eager').task(
  Ordered,
  async (ctx, { n }) => {
    await ctx.sleep('line', n * 50);
    if (n === 3) throw new Error('never');
  },
  { effect: CHARGE, retry: { attempts: 2 } },
);

/** The same in a step of a saga, and a command that is refused or answered for another. */
const machine = setup({
  types: {} as { context: { key: string }; input: { key: string } },
  actors: {
    charge: task(({ input }: TaskArgs<{ key: string }>) => input.key, { effect: CHARGE }),
    ask: command(Charge),
  },
}).createMachine({
  id: 'flow',
  context: ({ input }) => ({ key: input.key }),
  initial: 'charging',
  states: {
    charging: {
      invoke: {
        id: 'charge',
        src: 'charge',
        input: ({ context }) => ({ key: context.key }),
        onDone: 'asking',
        onError: 'asking',
      },
    },
    asking: {
      invoke: {
        id: 'ask',
        src: 'ask',
        input: ({ context }) => ({ key: context.key, n: 1 }),
        onDone: 'over',
        onError: 'over',
      },
    },
    over: { type: 'final' },
  },
});
const flow = defineSaga('flow', { machine }).startsOn(Ordered, data => data);

const notes = defineActor('notes', { state: () => ({ n: 0 }) })
  .on(Noted, ctx => void (ctx.state.n += 1), { effect: NOTE })
  .on(Look, (ctx): number => ctx.state.n);

const app = defineApp({
  actors: [desk, bank, eager, notes],
  sagas: [flow],
  effects: { [CHARGE]: 'block', [NOTE]: 'dead-letter' },
});

const keyOf = (address: string): string => address.slice(address.indexOf('/') + 1);

/** Attempts of one message share their key; two messages may enter only one after the other has failed for good. */
function assertOnce(runtime: TestRuntime): void {
  for (const key of KEYS) {
    const entered = runtime.attempts().filter(({ address, type }) => keyOf(address) === key && type !== Look.type);
    const messages = new Set(
      entered.map(({ idempotencyKey }) => idempotencyKey.slice(0, idempotencyKey.lastIndexOf('-'))),
    );
    const freed = runtime.effects.list({ effect: CHARGE, key, state: 'failed', limit: 1_000 });
    const kept = [...messages].filter(id => !freed.some(({ messageId }) => messageId === id));
    if (kept.length > 1) throw new Error(`${key} was charged for ${kept.join(' and ')}`);
  }
}

/** What an asker may be told; anything else, or nothing at all, ends the run. */
async function told(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    const code = error instanceof TroupeError ? error.code : undefined;
    if (code !== 'effect-already-done' && code !== 'handler-failed') throw error;
  }
}

export const effectsSimulation: Simulation = {
  name: 'effects',
  app,
  scenario: async ({ client, random }) => {
    const play = async (key: string): Promise<void> => {
      for (let at = 0; at < 3; at++) {
        const n = 1 + Math.floor(random() * 3);
        if (random() < 0.5) await client.ask(Order, { key, n });
        else await told(client.ask(Charge, { key, n }, { timeout: '1d' }));
        await client.sleep(Math.floor(random() * 300));
      }
    };
    await Promise.all(KEYS.map(play));
  },
  options: {
    invariants: [
      always('a card is charged once', assertOnce),
      always('a note is made once', runtime => {
        for (const key of KEYS) if ((runtime.state(notes, key)?.n ?? 0) > 1) throw new Error(`two notes of ${key}`);
      }),
      eventually('nothing holds a key but what is done', runtime => {
        const running = runtime.effects.list({ state: 'running' });
        if (running.length > 0) throw new Error(JSON.stringify(running));
      }),
      eventually('nobody holds a key for what was given up', runtime => {
        const letters = new Set(runtime.deadLetters.list({ limit: 1_000 }).map(({ messageId }) => messageId));
        const held = runtime.effects.list({ effect: CHARGE, state: 'done', limit: 1_000 });
        const wrong = held.filter(({ messageId }) => letters.has(messageId));
        if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
      }),
      eventually('who came second names who was first', runtime => {
        for (const { first, second } of runtime.effects.repeats({ limit: 1_000 })) {
          if (first.id >= second.id || first.messageId === second.messageId) throw new Error(JSON.stringify(second));
        }
      }),
    ],
  },
};
