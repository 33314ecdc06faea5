// Rules about undoing: TR122 and TR123, each with the apps that look alike and are right.
import { describe, expect, it } from 'vitest';
import { command, defineActor, defineSaga, saga, task, type Actor, type Saga } from '../../src/index.ts';
import {
  ask,
  Cancelled,
  ends,
  event,
  flow,
  found,
  Heard,
  invoke,
  looks,
  places,
  undoing,
  undone,
  works,
} from './rules-kit.ts';

const Charge = ask('payment.charge');
const Refund = ask('payment.refund');
const Ship = ask('parcel.ship');
const Recall = ask('parcel.recall');
const actors = { charge: command(Charge as never), ship: command(Ship as never) };
const workers = [works('payments', Charge, Refund), works('parcels', Ship, Recall)];
const twoSteps = { paying: invoke('charge', 'shipping'), shipping: invoke('ship', 'done') };

const without = (states: object, more: object = {}, parts: readonly Actor[] = workers) =>
  places('TR122', { actors: parts, sagas: [flow(states, { actors, ...more })] });

describe('TR122 step-without-undo', () => {
  it('finds a step that works, before one that can fail, and says how it ends', () => {
    const [finding, ...others] = found('TR122', {
      actors: workers,
      sagas: [flow({ ...twoSteps, ...undoing }, { actors })],
    });

    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      level: 'warning',
      problem:
        'The step flow.paying/charge does work and has no compensate, and the saga can still end in flow.failed, ' +
        'for instance when flow.shipping/ship fails.',
      way: [
        { at: 'flow.paying', does: 'commands', what: 'payment.charge' },
        { at: 'flow', does: 'goes on to', what: 'flow.shipping/ship' },
        { at: 'flow', does: 'undoes the others in', what: 'flow.failed' },
      ],
      parts: ['flow'],
      about: ['flow.paying/charge', 'flow.paying', 'payment.charge'],
    });
  });

  it('is silent where nothing is undone, where the step has an undo, and where it says that there is none', () => {
    expect(without({ ...twoSteps, ...ends })).toEqual([]);
    expect(without({ ...twoSteps, ...undoing }, { actors: { ...actors, charge: undone(Charge, Refund) } })).toEqual([]);
    const nothing = command(Charge as never, { compensate: false });
    expect(without({ ...twoSteps, ...undoing }, { actors: { ...actors, charge: nothing } })).toEqual([]);
  });

  it('is silent about the last step, also where the machine could be cancelled before its end', () => {
    const on = { 'flow.cancelled': '.failed' };
    expect(without({ paying: invoke('charge', 'done'), ...undoing }, { more: { on } })).toEqual([]);
  });

  it('finds the last step where an event can still cancel what it did', () => {
    const states = {
      paying: invoke('charge', 'waiting'),
      waiting: { on: { 'flow.heard': 'done', 'flow.cancelled': 'failed' } },
      ...undoing,
    };
    expect(without(states)).toEqual(['flow.paying/charge']);
  });

  it('is silent about owners that only look', () => {
    expect(without({ ...twoSteps, ...undoing }, {}, [looks('payments', Charge), looks('parcels', Ship)])).toEqual([]);
  });

  it.each<[string, (ctx: { state: { done: number; names: string[] } }) => unknown]>([
    ['compares', ctx => ctx.state.done === 0 && ctx.state.names.length >= 1],
    ['copies', ctx => ({ ...ctx.state, state: ctx.state.done })],
    ['names a variable so', ctx => [ctx].map(({ state }) => state.names.map(name => name))],
  ])('is silent about an owner that only reads state: it %s', (_, run) => {
    const reading = defineActor('payments', { state: () => ({ done: 0, names: [] as string[] }) }).on(
      Charge,
      run as never,
    );

    expect(without({ ...twoSteps, ...undoing }, {}, [reading as unknown as Actor, works('parcels', Ship)])).toEqual([]);
  });

  it.each<[string, (ctx: { state: { done: number; names: string[] } }) => unknown]>([
    ['assigns', ctx => (ctx.state.done ||= 1)],
    ['counts', ctx => ++ctx.state.done],
    ['replaces it', ctx => (ctx.state = { done: 1, names: [] })],
    ['deletes from it', ctx => delete (ctx.state as { done?: number }).done],
    ['adds to a list in it', ctx => ctx.state.names.push('one')],
    ['takes it out of ctx first', ({ state }) => (state.names[0] = 'one')],
  ])('finds an owner that %s', (_, run) => {
    const writing = defineActor('payments', { state: () => ({ done: 0, names: [] as string[] }) }).on(
      Charge,
      run as never,
    );

    expect(without({ ...twoSteps, ...undoing }, {}, [writing as unknown as Actor, works('parcels', Ship)])).toEqual([
      'flow.paying/charge',
    ]);
  });

  it('is silent where the reply itself decides that nothing was done', () => {
    const paying = invoke('charge', [{ guard: 'isOk', target: 'done' }, { target: 'failed' }]);
    const deciding = { always: [{ guard: 'isOk', target: 'done' }, { target: 'failed' }] };
    const guarded = (states: object): readonly (string | undefined)[] => {
      const one = flow({ ...states, ...undoing }, { actors, guards: { isOk: () => true } });
      return places('TR122', { actors: workers, sagas: [one] });
    };

    expect(guarded({ paying })).toEqual([]);
    expect(guarded({ paying: invoke('charge', 'deciding'), deciding })).toEqual([]);
  });

  it('is silent about commands that take something back, and about steps on the way of a failure', () => {
    const states = {
      paying: invoke('charge', 'shipping'),
      shipping: invoke('ship', 'done', 'recalling'),
      recalling: invoke('recall', 'apologizing'),
      apologizing: invoke('ship', 'retrying'),
      retrying: { on: { 'flow.heard': 'done', 'flow.cancelled': 'failed' } },
    };
    const more = {
      actors: { charge: undone(Charge, Refund), ship: undone(Ship, Recall), recall: command(Recall as never) },
    };

    expect(without({ ...states, ...undoing }, more)).toEqual([]);
    const plain = { actors: { ...more.actors, ship: actors.ship } };
    expect(without({ ...states, ...undoing }, plain)).toEqual([]);
  });

  it.each(['payment.check', 'mail.send-confirmation', 'customer.notify', 'price.quote'])(
    'is silent about %s, which leaves nothing to undo',
    type => {
      const step = ask(type);
      const first = { first: invoke('step', 'shipping'), shipping: invoke('ship', 'done'), ...undoing };

      expect(
        without(first, { actors: { ...actors, step: command(step as never) } }, [works('others', step), ...workers]),
      ).toEqual([]);
    },
  );

  it('finds steps of parallel regions, of which one may fail after the other is done', () => {
    const region = (id: string): object => ({
      initial: 'on',
      states: { on: invoke(id, 'off', '#failed'), off: { type: 'final' } },
    });
    const both = { type: 'parallel', onDone: 'done', states: { money: region('charge'), goods: region('ship') } };
    const failed = { ...undoing.failed, id: 'failed' };

    expect(without({ both, ...undoing, failed })).toEqual(['flow.both.goods.on/ship', 'flow.both.money.on/charge']);
  });

  it('finds a step of a nested machine, whose saga can fail later', () => {
    const inner = flow({ paying: invoke('charge', 'done'), ...ends }, { actors }).options.machine;
    const states = { inside: invoke('inner', 'shipping'), shipping: invoke('ship', 'done'), ...undoing };

    expect(without(states, { actors: { ...actors, inner } })).toEqual(['flow/inner.paying/charge']);
    expect(without({ inside: invoke('inner', 'done'), ...undoing }, { actors: { ...actors, inner } })).toEqual([]);
  });

  it('finds a task that names its effect or uses the idempotency key, and is silent about another', () => {
    const states = { calling: invoke('call', 'shipping'), shipping: invoke('ship', 'done'), ...undoing };
    const posts = task(({ idempotencyKey }) => idempotencyKey);
    const reads = task(({ input }) => input);
    const named = task(({ input }) => input, { effect: 'print-label' });

    expect(without(states, { actors: { ...actors, call: posts } })).toEqual(['flow.calling/call']);
    expect(without(states, { actors: { ...actors, call: named } })).toEqual(['flow.calling/call']);
    expect(without(states, { actors: { ...actors, call: reads } })).toEqual([]);
  });

  it('takes publishing, effects and writing tables for work', () => {
    const Charged = event('payment.charged');
    const states = { ...twoSteps, ...undoing };
    const owner = (options: object, run: (ctx: never) => unknown, more: object = {}): Actor =>
      defineActor('payments', options).on(Charge, run as never, more as never) as unknown as Actor;
    const parcels = works('parcels', Ship);
    const publishing = owner({ publishes: [Charged] }, (ctx: { publish(one: unknown, data: object): void }) =>
      ctx.publish(Charged, {}),
    );
    const writing = owner({ sql: true }, (ctx: { sql: { exec(text: string): void } }) =>
      ctx.sql.exec('insert into charges values (1)'),
    );
    const reading = owner({ sql: true }, (ctx: { sql: { exec(text: string): void } }) => ctx.sql.exec('select 1'));

    expect(without(states, {}, [publishing, parcels])).toEqual(['flow.paying/charge']);
    expect(without(states, {}, [owner({}, () => ({ ok: true }), { effect: 'charge-card' }), parcels])).toEqual([
      'flow.paying/charge',
    ]);
    expect(without(states, {}, [writing, parcels])).toEqual(['flow.paying/charge']);
    expect(without(states, {}, [reading, parcels])).toEqual([]);
  });
});

describe('TR123 undo-never-runs', () => {
  const undos = { actors: { charge: undone(Charge, Refund), ship: command(Ship as never) } };
  const never = (states: object, more: object = {}) =>
    places('TR123', { actors: workers, sagas: [flow(states, { ...undos, ...more })] });

  it('finds an undo in a machine without a state that undoes', () => {
    expect(found('TR123', { actors: workers, sagas: [flow({ ...twoSteps, ...ends }, undos)] })).toMatchObject([
      {
        problem: 'The step flow.paying/charge has compensate, and no state of flow is tagged compensate.',
        way: [
          { at: 'flow.paying', does: 'commands', what: 'payment.charge' },
          { at: 'flow', does: 'never undoes it with', what: 'payment.refund' },
        ],
        about: ['flow.paying/charge', 'flow.paying', 'payment.refund'],
      },
    ]);
  });

  it('is silent with such a state, in the machine or in one around it', () => {
    expect(never({ ...twoSteps, ...undoing })).toEqual([]);
    const inner = flow({ paying: invoke('charge', 'done'), ...ends }, undos).options.machine;
    expect(never({ inside: invoke('inner', 'done'), ...undoing }, { actors: { inner } })).toEqual([]);
  });

  it('is silent about a single step that may complete after it was left', () => {
    const charge = undone(Charge, Refund, { timeout: '30s' });
    expect(never({ paying: invoke('charge', 'done'), ...ends }, { actors: { charge } })).toEqual([]);
    expect(
      never({ paying: invoke('charge', 'done'), ...ends }, { more: { on: { 'flow.cancelled': '.failed' } } }),
    ).toEqual([]);
    expect(never({ paying: invoke('charge', 'done'), ...ends })).toEqual(['flow.paying/charge']);
  });

  it('is silent about a child saga: its parent takes it back', () => {
    const { machine } = flow({ ...twoSteps, ...ends }, { ...undos, name: 'child' }).options;
    const child = (defineSaga('child', { machine } as never) as unknown as Saga).on(Heard).on(Cancelled);
    const parent = flow(
      { first: invoke('child', 'done'), ...undoing },
      { actors: { child: saga(child, { timeout: '1d' }) } },
    );

    expect(places('TR123', { actors: workers, sagas: [parent, child] })).toEqual([]);
  });
});
