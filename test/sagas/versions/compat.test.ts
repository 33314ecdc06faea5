// What a machine cannot do with an instance of another: traps 6 and 16 to 19 of restoring XState snapshots.
import { createMachine, raise, sendTo, setup, spawnChild, stopChild, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { Armed } from '../../../src/sagas/record.ts';
import { compat } from '../../../src/sagas/compat.ts';
import { machine as checkout } from '../checkout.ts';
import { codes, found, Instance, work } from './kit.ts';

type States = Readonly<Record<string, object>>;

/** A machine `m` that starts in its first state. */
function machineOf(states: States, actors: Readonly<Record<string, unknown>> = { work }): AnyStateMachine {
  return setup({ actors: actors as never, delays: { long: 1000, nag: 10 } }).createMachine({
    id: 'm',
    initial: Object.keys(states)[0] as never,
    states,
  } as never) as unknown as AnyStateMachine;
}

const invoking = (id: string, src = 'work', more: object = {}): object => ({
  invoke: { id, src, onDone: 'end' },
  ...more,
});
const end = { type: 'final' };

describe('an instance and its own machine', () => {
  it.each<[string, States, (instance: Instance) => unknown]>([
    ['a running invoke', { a: invoking('charge'), end }, () => {}],
    [
      'a spawned actor',
      { a: { entry: spawnChild('work', { id: 'helper' }), on: { GO: 'b' } }, b: {} },
      one => one.send('GO'),
    ],
    ['an armed timer', { a: { after: { long: 'end' } }, end }, () => {}],
    [
      'a timer that fired in vain',
      { a: { after: { long: { target: 'end', guard: () => false } } }, end },
      one => one.fire('xstate.after.long.m.a'),
    ],
    [
      'a timer that fired without leaving its state',
      { a: { after: { long: { actions: raise({ type: 'X' }) } } } },
      one => one.fire('xstate.after.long.m.a'),
    ],
    [
      'a timer that fired into a child state',
      { a: { after: { long: '.d' }, initial: 'c', states: { c: {}, d: {} } } },
      one => one.fire('xstate.after.long.m.a'),
    ],
    [
      'an event that is delayed for a later state',
      {
        a: { entry: raise({ type: 'LATER' }, { id: 'later', delay: 5 }), on: { GO: 'b' } },
        b: { on: { GO: 'c' } },
        c: { on: { LATER: 'a' } },
      },
      one => one.send('GO'),
    ],
    [
      'a history',
      {
        a: { initial: 'c', states: { c: { on: { NEXT: 'd' } }, d: {}, past: { type: 'history' } }, on: { GO: 'b' } },
        b: { on: { BACK: 'a.past' } },
      },
      one => one.send('NEXT').send('GO'),
    ],
  ])('fit with %s', (_what, states, live) => {
    const instance = Instance.start(machineOf(states));
    live(instance);

    expect(found(instance)).toEqual([]);
  });
});

describe('the checkout of the saga tests', () => {
  it('takes on its own instances at every step', () => {
    const instance = Instance.start(checkout as never, { orderId: '1', cents: 5 });
    while (instance.status === 'active') {
      expect(found(instance)).toEqual([]);
      const { path } = instance.running[0]!;
      instance.settle(path, { ok: true, receipt: 'r', reservation: 'v', trackingCode: 't' });
    }

    expect(instance.calls.map(({ src }) => src)).toEqual(['charge', 'reserve', 'ship']);
  });
});

describe('a state that was removed (trap 16)', () => {
  it('is reported with its id and the fix', () => {
    const instance = Instance.start(machineOf({ a: {} }));

    expect(found(instance, machineOf({ b: {} }))).toEqual([
      {
        code: 'state-missing',
        path: '',
        problem: 'The state m.a does not exist',
        fix: "Say where its instances are now: renameState('m.a', 'new id').",
      },
    ]);
  });

  it('is reported below the states that are left', () => {
    const instance = Instance.start(machineOf({ a: { initial: 'b', states: { b: {} } } }));

    expect(found(instance, machineOf({ a: {} }))).toMatchObject([{ problem: 'The state m.a.b does not exist' }]);
    expect(
      found(instance, machineOf({ a: { initial: 'past', states: { past: {}, b: { type: 'history' } } } })),
    ).toMatchObject([{ code: 'state-missing' }]);
  });

  it('is not looked up among what objects inherit', () => {
    const { armed, snapshot } = Instance.start(machineOf({ a: {} })).stored();

    expect(
      codes(compat(machineOf({ a: {} }), { ...(snapshot as object), value: 'constructor' } as never, armed)),
    ).toEqual(['state-missing']);
  });

  it('is reported where regions became alternatives', () => {
    const regions = { a: {}, b: {} };
    const instance = Instance.start(machineOf({ p: { type: 'parallel', states: regions } }));

    expect(codes(found(instance, machineOf({ p: { initial: 'a', states: regions } })))).toEqual(['state-ambiguous']);
  });
});

describe('what XState drops without a word (trap 17)', () => {
  const remembering = (past: string, child = 'd'): AnyStateMachine =>
    machineOf({
      a: {
        initial: 'c',
        states: { c: { on: { NEXT: child } }, [child]: {}, [past]: { type: 'history' } },
        on: { GO: 'b' },
      },
      b: { on: { BACK: `a.${past}` } },
    });

  it('is reported for a history state that was renamed', () => {
    const instance = Instance.start(remembering('past')).send('NEXT').send('GO');

    expect(found(instance, remembering('before'))).toMatchObject([
      {
        code: 'history-missing',
        problem: 'The history m.a.past does not exist',
        fix: expect.stringContaining("forgetHistory('m.a.past')"),
      },
    ]);
  });

  it('is reported for a remembered state that was removed', () => {
    const instance = Instance.start(remembering('past', 'd')).send('NEXT').send('GO');

    expect(found(instance, remembering('past', 'e'))).toMatchObject([
      { code: 'history-missing', problem: expect.stringContaining('m.a.d'), fix: expect.stringContaining("'m.a.d'") },
    ]);
  });

  it('is reported for a history state that became another kind of state', () => {
    const instance = Instance.start(remembering('past')).send('NEXT').send('GO');
    const replaced = machineOf({ a: { initial: 'c', states: { c: {}, d: {}, past: {} } }, b: {} });

    expect(codes(found(instance, replaced))).toEqual(['history-missing']);
  });

  it('is reported for an actor whose source was renamed', () => {
    const instance = Instance.start(machineOf({ a: invoking('charge'), end }));
    const renamed = machineOf({ a: invoking('charge', 'labour'), end }, { labour: work });

    expect(found(instance, renamed)).toMatchObject([
      {
        code: 'actor-missing',
        problem: expect.stringContaining("'charge'"),
        fix: "Add renameActor('work', 'new name').",
      },
      { code: 'invoke-changed' },
    ]);
  });

  it('is reported for an actor that was a machine and is none, and the other way round', () => {
    const kid = createMachine({ id: 'kid' });
    const [leaf, nested] = [work, kid].map(logic => machineOf({ a: invoking('charge'), end }, { work: logic }));

    expect(codes(found(Instance.start(leaf!), nested!))).toEqual(['actor-changed']);
    expect(codes(found(Instance.start(nested!), leaf!))).toEqual(['actor-changed']);
  });
});

describe('states that were never entered (trap 18)', () => {
  const atomic = machineOf({ a: {}, end });
  const compound = (c: object): AnyStateMachine => machineOf({ a: { initial: 'c', states: { c } }, end });
  const parallel = (region: object): AnyStateMachine =>
    machineOf({ a: { type: 'parallel', states: { old: {}, region } }, end });

  it.each([
    ['an invoke', { invoke: { id: 'charge', src: 'work' } }, ['invoke-not-started']],
    ['a timer', { after: { long: '#m.end' } }, ['timer-missing']],
    ['entry actions', { entry: raise({ type: 'X' }) }, ['state-not-entered']],
    ['an eventless transition', { always: '#m.end' }, ['state-not-entered']],
    ['nothing to do', {}, []],
  ])('are reported for a child state and a region with %s', (_what, state, expected) => {
    const [one, other] = [
      Instance.start(atomic),
      Instance.start(machineOf({ a: { type: 'parallel', states: { old: {} } }, end })),
    ];

    expect(codes(found(one, compound(state)))).toEqual(expected);
    expect(codes(found(other, parallel(state)))).toEqual(expected);
  });

  it('are reported for an invoke that was added to an active state, with its source', () => {
    const { problem, fix } = found(Instance.start(atomic), machineOf({ a: invoking('charge'), end }))[0]!;

    expect(problem).toBe("The state m.a invokes 'charge' (work), which never started");
    expect(fix).toBe("Add startMissingInvokes(), or renameInvoke('old id', 'charge').");
  });

  it('are reported for a final child, which would have told its parent', () => {
    expect(codes(found(Instance.start(atomic), compound({ type: 'final' })))).toEqual(['state-not-entered']);
  });
});

describe('an invoke that moved', () => {
  it('is reported where ids by position shift (trap 19)', () => {
    const actors = { work, other: work };
    const instance = Instance.start(machineOf({ a: { invoke: [{ src: 'work' }] } }, actors));

    expect(found(instance, machineOf({ a: { invoke: [{ src: 'other' }, { src: 'work' }] } }, actors))).toMatchObject([
      { code: 'invoke-not-started', problem: expect.stringContaining("'1.m.a' (work)") },
      { code: 'invoke-changed', problem: expect.stringContaining("'0.m.a' runs 'work'") },
    ]);
  });

  it('is reported where another state invokes it now', () => {
    const instance = Instance.start(machineOf({ a: invoking('charge'), b: {}, end }));

    expect(codes(found(instance, machineOf({ a: {}, b: invoking('charge'), end })))).toEqual(['invoke-orphaned']);
  });

  it('is taken for a spawned actor where no state invokes its id', () => {
    const instance = Instance.start(machineOf({ a: invoking('charge'), end }));

    expect(found(instance, machineOf({ a: {}, end }))).toEqual([]);
  });

  it('is over when its actor has ended', () => {
    const staying = { invoke: { id: 'charge', src: 'work', onDone: { actions: raise({ type: 'X' }) } } };
    const instance = Instance.start(machineOf({ a: staying, b: {} })).settle('/charge');

    expect(found(instance, machineOf({ a: {}, b: staying }))).toEqual([]);
  });
});

describe('a timer', () => {
  it('is reported when its delay was changed in the machine (trap 6)', () => {
    const instance = Instance.start(machineOf({ a: { after: { 1000: 'end' } }, end }));

    expect(found(instance, machineOf({ a: { after: { 2000: 'end' } }, end }))).toEqual([
      {
        code: 'timer-unhandled',
        path: '',
        problem: "The timer 'xstate.after.1000.m.a' is armed, and nothing takes its event",
        fix: "Add renameDelay, or rearm({ 'xstate.after.1000.m.a': 'new delay or null' }).",
      },
      {
        code: 'timer-missing',
        path: '',
        problem: "The state m.a leaves after '2000', and no timer is armed for it",
        fix: "Add renameDelay('old delay', '2000') or startMissingTimers().",
      },
    ]);
  });

  it('is not handled by a wildcard, which would take it for something else', () => {
    const instance = Instance.start(machineOf({ a: { after: { long: 'end' } }, end }));

    expect(codes(found(instance, machineOf({ a: { on: { '*': 'end' } }, end })))).toEqual(['timer-unhandled']);
  });

  it('is missing only where it cannot have fired', () => {
    const instance = Instance.start(machineOf({ a: {}, end }));
    const after = (transition: object, more: object = {}): readonly string[] =>
      codes(found(instance, machineOf({ a: { after: { long: transition }, ...more }, end })));

    expect(after({ target: 'end' })).toEqual(['timer-missing']);
    expect(after([{ target: 'end', guard: () => true }, { target: 'end' }])).toEqual(['timer-missing']);
    expect(after({ target: 'a', reenter: true })).toEqual(['timer-missing']);
    expect(after({ target: 'end', guard: () => true })).toEqual([]);
    expect(after({ actions: raise({ type: 'X' }) })).toEqual([]);
    expect(after({ target: 'end' }, { initial: 'c', states: { c: { on: { '*': {} } } } })).toEqual([]);
  });

  it('of the whole machine is missing where it ends the machine', () => {
    const rooted = (after: object): AnyStateMachine =>
      createMachine({ id: 'm', initial: 'a', after, states: { a: {}, b: {}, end: { type: 'final' } } });
    const instance = Instance.start(rooted({}));

    expect(codes(found(instance, rooted({ 5: '.end' })))).toEqual(['timer-missing']);
    expect(codes(found(instance, rooted({ 5: '.b' })))).toEqual([]);
  });

  it('with an event of its own is reported where no state takes that event any more', () => {
    const delayed = (taken: string): AnyStateMachine =>
      machineOf({ a: { entry: raise({ type: 'order.late' }, { id: 'late', delay: 5 }) }, b: { on: { [taken]: 'a' } } });
    const instance = Instance.start(delayed('order.late'));

    expect(codes(found(instance, delayed('order.never')))).toEqual(['timer-unhandled']);
    for (const taken of ['order.*', '*', 'order.late.*']) expect(found(instance, delayed(taken))).toEqual([]);
  });

  it('of unknown event is let be', () => {
    const { snapshot } = Instance.start(machineOf({ a: {} })).stored();
    const armed: readonly Armed[] = [{ token: 't', source: '', target: '', id: 'late', due: 0, event: null }];

    expect(compat(machineOf({ a: {} }), snapshot, armed)).toEqual([]);
  });
});

describe('a nested machine', () => {
  const kid = (state: string, delay: number): AnyStateMachine =>
    createMachine({
      id: 'kid',
      initial: state,
      on: { LATER: '.end' },
      states: { [state]: { after: { [delay]: 'end' } }, end: { type: 'final' } },
    });
  const outer = (nested: AnyStateMachine): AnyStateMachine =>
    machineOf(
      { a: { invoke: { id: 'a/b', src: 'kid' }, entry: sendTo('a/b', { type: 'LATER' }, { delay: 5 }) } },
      { kid: nested },
    );

  it('is compared with its path and its own timers', () => {
    const instance = Instance.start(outer(kid('x', 10)));

    expect(found(instance, outer(kid('y', 10)))).toMatchObject([
      { code: 'state-missing', path: '/a~1b', fix: expect.stringContaining("{ in: '/a~1b' }") },
    ]);
    expect(found(instance, outer(kid('x', 20)))).toMatchObject([
      { code: 'timer-unhandled', path: '/a~1b', problem: expect.stringContaining('xstate.after.10.kid.x') },
      { code: 'timer-missing', path: '/a~1b' },
    ]);
    expect(found(instance, outer(kid('x', 10)))).toEqual([]);
  });

  it('has timers of its own, also where its ids are those of the machine around it', () => {
    const twin = machineOf({ a: { after: { long: 'end' } }, end });
    const around = (after: object): AnyStateMachine =>
      machineOf({ a: { invoke: { id: 'twin', src: 'twin' }, after }, end }, { twin });
    const instance = Instance.start(around({}));

    expect(found(instance, around({ long: 'end' }))).toMatchObject([{ code: 'timer-missing', path: '' }]);
    expect(found(Instance.start(around({ long: 'end' })), around({}))).toMatchObject([
      { code: 'timer-unhandled', path: '' },
    ]);
  });

  it('that has ended is only looked at for what XState has to restore', () => {
    const ending = (states: object): AnyStateMachine => createMachine({ id: 'kid', initial: 'x', states } as never);
    const instance = Instance.start(outer(ending({ x: { on: { GO: 'end' } }, end }))).send('GO', '/a~1b');

    expect(found(instance, outer(ending({ x: {}, end: { type: 'final', invoke: { src: 'kid' } } })))).toEqual([]);
    expect(codes(found(instance, outer(ending({ x: {} }))))).toEqual(['state-missing']);
  });
});

describe('an instance as a whole', () => {
  it('that has ended needs nothing', () => {
    const instance = Instance.start(machineOf({ a: { on: { GO: 'end' } }, end })).send('GO');

    expect(instance.status).toBe('done');
    expect(found(instance, machineOf({ other: {} }))).toEqual([]);
  });

  it('that is no snapshot of a machine is reported', () => {
    expect(codes(compat(machineOf({ a: {} }), null, []))).toEqual(['snapshot-unreadable']);
  });

  it('reports everything at once', () => {
    const regions = (id: string, delay: string): object => ({
      type: 'parallel',
      states: { one: { invoke: { id, src: 'work' } }, two: { after: { [delay]: '#m.end' } } },
    });
    const instance = Instance.start(machineOf({ p: regions('x', 'long'), end }));
    const other = machineOf({ p: regions('y', 'nag'), q: { invoke: { id: 'x', src: 'work' } }, end });

    expect(codes(found(instance, other))).toEqual([
      'invoke-not-started',
      'invoke-orphaned',
      'timer-unhandled',
      'timer-missing',
    ]);
  });

  it('counts an invoke as missing that the machine has stopped itself', () => {
    const machine = machineOf({ a: { invoke: { id: 'x', src: 'work' }, on: { STOP: { actions: stopChild('x') } } } });

    expect(codes(found(Instance.start(machine).send('STOP')))).toEqual(['invoke-not-started']);
  });
});
