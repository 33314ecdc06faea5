// The effect ledger at sagas: task steps that do named work, and commands that are answered because it was done.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { command, defineActor, defineApp, defineSaga, task, type EffectPolicies } from '../../src/index.ts';
import type { StepError } from '../../src/index.ts';
import { commandOf, eventOf, launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const Placed = eventOf('order.placed');
const Left = eventOf('order.left');
const Charge = commandOf('pay.charge');

interface Order {
  readonly key: string;
  readonly error?: StepError;
  readonly reply?: unknown;
}

/** A saga with one step that charges; `world` is what the card sees. */
function app(charge: object, effects: EffectPolicies, more: Parameters<typeof defineApp>[0] = {}) {
  const machine = setup({
    types: {} as { context: Order; input: { key: string }; events: { type: 'order.left'; data: object } },
    actors: { charge: charge as never },
  }).createMachine({
    id: 'checkout',
    context: ({ input }) => ({ key: input.key }),
    initial: 'charging',
    states: {
      charging: {
        on: { 'order.left': 'left' },
        invoke: {
          id: 'charge',
          src: 'charge',
          input: ({ context }: { context: Order }) => ({ key: context.key, n: 1 }) as never,
          onDone: { target: 'paid', actions: assign({ reply: ({ event }) => (event as { output: unknown }).output }) },
          onError: { target: 'refused', actions: assign({ error: ({ event }) => event.error as StepError }) },
        },
      },
      paid: { type: 'final' },
      refused: { type: 'final' },
      left: { type: 'final' },
    },
  });
  const checkout = defineSaga('checkout', { machine })
    .startsOn(Placed, data => data)
    .on(Left);
  return { checkout, app: defineApp({ sagas: [checkout], effects, ...more }) };
}

/** Charges in a task of the saga, which the test ends; another actor charges on command. */
function withTask(effects: EffectPolicies, effect = 'charge-card') {
  const open: { readonly done: (value: number) => void; readonly fail: () => void }[] = [];
  const commanded: string[] = [];
  const charge = task(
    () =>
      new Promise<number>((resolve, reject) => open.push({ done: resolve, fail: () => reject(new Error('no line')) })),
    { effect, retry: { attempts: 1 } },
  );
  const payments = defineActor('payments').on(Charge, (_, { key }) => commanded.push(key), { effect: 'charge-card' });
  return { open, commanded, ...app(charge, effects, { actors: [payments] }) };
}

const rowsOf = ({ runtime }: Launched): unknown[] =>
  runtime.effects.list().map(({ effect, key, state, address }) => `${effect} ${key} ${state} ${address}`);

describe('K26 a task step of a saga', () => {
  it('holds its effect under the key of the saga, until it is done', async () => {
    const { app: program, open } = withTask({ '*': 'block' });
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1' }));
    await settled();
    expect(rowsOf(launched)).toEqual(['charge-card 1 running checkout/1']);
    open[0]?.done(3);
    await settled();

    expect(rowsOf(launched)).toEqual(['charge-card 1 done checkout/1']);
    await expect(run(runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({ code: 'effect-already-done' });
  });

  it.each(['block', 'dead-letter'] as const)('fails where the work was done already: %s', async policy => {
    const { app: program, open, checkout } = withTask({ '*': policy });
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    await run(runtime.ask(Charge, { key: '1' }));
    const { correlationId } = await run(runtime.publish(Placed, { key: '1' }));
    await settled();

    expect(open).toEqual([]);
    expect(runtime.sagas.get(checkout, '1')).toMatchObject({
      state: 'refused',
      context: {
        error: {
          code: 'effect-already-done',
          message: expect.stringContaining('charge-card for 1 was done by payments/1') as unknown,
          data: { effect: 'charge-card', key: '1', by: 'payments/1' },
        },
      },
    });
    expect(runtime.deadLetters.list()).toEqual([]);
    expect(JSON.stringify(runtime.trace(correlationId))).toContain('"outcome":"blocked"');
  });

  it('goes on where that is only reported', async () => {
    const { app: program, open, checkout } = withTask({});
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    await run(runtime.ask(Charge, { key: '1' }));
    await run(runtime.publish(Placed, { key: '1' }));
    await settled();
    open[0]?.done(3);
    await settled();

    expect(runtime.sagas.get(checkout, '1')?.state).toBe('paid');
    expect(rowsOf(launched)).toEqual(['charge-card 1 done payments/1', 'charge-card 1 repeated checkout/1']);
  });

  it('frees the key when it fails, and when its state is left', async () => {
    const { app: program, open } = withTask({ '*': 'block' });
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    for (const key of ['1', '2']) await run(runtime.publish(Placed, { key }));
    await settled();
    open[0]?.fail();
    await run(runtime.publish(Left, { key: '2' }));
    await settled();

    expect(rowsOf(launched)).toEqual(['charge-card 1 failed checkout/1', 'charge-card 2 failed checkout/2']);
  });

  it('goes on after a crash as the one occurrence', async () => {
    const { app: program, open, checkout } = withTask({ '*': 'block' });
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1' }));
    await settled();
    const second = await crash(launched, program);
    await second.settled();
    open[1]?.done(4);
    await second.settled();

    expect(second.runtime.sagas.get(checkout, '1')).toMatchObject({ state: 'paid', context: { reply: 4 } });
    expect(rowsOf(second)).toEqual(['charge-card 1 done checkout/1']);
  });

  it('refuses a name that is none', () => {
    expect(() => task(() => 1, { effect: '' })).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
    expect(() => task(() => 1, { effect: '*' })).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });
});

describe('K26 a command step of a saga', () => {
  const eager = defineActor('eager').on(Placed, () => {}, { effect: 'charge-card' });
  const payments = defineActor('payments').on(Charge, () => 7, { effect: 'charge-card' });
  const charge = command(Charge, { retry: { attempts: 1 } });

  it('goes to onError with the code, where a subscriber has charged', async () => {
    const { app: program, checkout } = app(charge, { '*': 'block' }, { actors: [eager, payments] });
    const { runtime, run, settled } = await launch(program);
    await run(runtime.publish(Placed, { key: '1' }));
    await settled();

    expect(runtime.sagas.get(checkout, '1')).toMatchObject({
      state: 'refused',
      context: { error: { code: 'effect-already-done' } },
    });
  });

  it('completes with the stored reply, where the same command was handled', async () => {
    const { app: program, checkout } = app(charge, { '*': 'block' }, { actors: [payments] });
    const { runtime, run, settled } = await launch(program);
    await run(runtime.ask(Charge, { key: '1' }));
    await run(runtime.publish(Placed, { key: '1' }));
    await settled();

    expect(runtime.sagas.get(checkout, '1')).toMatchObject({ state: 'paid', context: { reply: 7 } });
  });
});
