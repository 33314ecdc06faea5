// What each migration helper does to a stored instance, and that the instance then goes on in the new machine.
import { assign, createMachine, fromTransition, raise, sendTo, setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import {
  enterMissingStates,
  forgetHistory,
  mapContext,
  migration,
  rearm,
  renameActor,
  renameDelay,
  renameInvoke,
  renameState,
  startMissingInvokes,
  startMissingTimers,
  stopInvoke,
} from '../../../src/sagas/migrations.ts';
import { heldBy, Instance, migrate, tryMigrate, work } from './kit.ts';

type States = Readonly<Record<string, object>>;

function machineOf(states: States, more: { readonly id?: string; readonly actors?: object } = {}): AnyStateMachine {
  const { id = 'm', actors = { work } } = more;
  return setup({
    actors: actors as never,
    delays: { long: 1000, nag: ({ context }) => context['ms'] as number },
  }).createMachine({
    id,
    context: ({ input }: { input: unknown }) => ({ ms: 7, ...(input as object) }),
    initial: Object.keys(states)[0] as never,
    states,
  } as never) as unknown as AnyStateMachine;
}

const nothing = migration();
const invoking = (id: string, src = 'work'): object => ({ invoke: { id, src, onDone: 'end' } });
const end = { type: 'final' };

describe('renameState', () => {
  it('moves the value, and the timers with their due times', () => {
    const before = Instance.start(machineOf({ a: { after: { long: 'end' } }, end }));
    const machine = machineOf({ b: { after: { long: 'end' } }, end });

    const after = migrate(before, machine, renameState('m.a', 'm.b'));

    expect(after.value).toBe('b');
    expect(after.armed).toEqual([
      { ...before.armed[0], id: 'xstate.after.long.m.b', event: { type: 'xstate.after.long.m.b' } },
    ]);
    expect(after.fire('xstate.after.long.m.b').status).toBe('done');
  });

  it('moves a state with all below it to another level, and back', () => {
    const below = { initial: 'x', states: { x: { on: { GO: '#m.end' } } } };
    const flat = machineOf({ a: below, end });
    const deep = machineOf({ open: { initial: 'a', states: { a: below } }, end });

    const nested = migrate(Instance.start(flat), deep, renameState('m.a', 'm.open.a'));
    expect(nested.value).toEqual({ open: { a: 'x' } });
    expect(migrate(nested, flat, renameState('m.open.a', 'm.a')).value).toEqual({ a: 'x' });
    expect(nested.send('GO').status).toBe('done');
  });

  it('leaves the other regions of a parallel state as they are', () => {
    const region = { initial: 'x', states: { x: {} } };
    const regions = (name: string): AnyStateMachine =>
      machineOf({ p: { type: 'parallel', states: { [name]: region, other: {} } } });

    expect(migrate(Instance.start(regions('one')), regions('two'), renameState('m.p.one', 'm.p.two')).value).toEqual({
      p: { two: 'x', other: {} },
    });
  });

  it('keeps what is active already in the state it moves to', () => {
    const parallel = (states: object): AnyStateMachine => machineOf({ p: { type: 'parallel', states } });
    const two = { initial: 'y', states: { y: {} } };

    const after = migrate(
      Instance.start(parallel({ one: {}, two })),
      parallel({ two }),
      renameState('m.p.one', 'm.p.two'),
    );

    expect(after.value).toEqual({ p: { two: 'y' } });
  });

  it('leaves instances alone that are elsewhere', () => {
    const machine = machineOf({ a: {}, ab: {} });

    expect(migrate(Instance.start(machine), machine, renameState('m.ab', 'm.b')).value).toBe('a');
    expect(migrate(Instance.start(machine), machine, renameState('m.a.b', 'm.a.c')).value).toBe('a');
  });

  it('renames histories and what they remember', () => {
    const remembering = (parent: string, child: string, past: string): AnyStateMachine =>
      machineOf({
        [parent]: {
          initial: 'x',
          states: { x: { on: { NEXT: child } }, [child]: {}, [past]: { type: 'history', history: 'deep' } },
          on: { GO: 'away' },
        },
        away: { on: { BACK: `${parent}.${past}` } },
      });
    const before = Instance.start(remembering('a', 'c', 'past'))
      .send('NEXT')
      .send('GO');

    const after = migrate(
      before,
      remembering('b', 'd', 'before'),
      migration(renameState('m.a', 'm.b'), renameState('m.b.c', 'm.b.d'), renameState('m.b.past', 'm.b.before')),
    );

    expect(after.send('BACK').value).toEqual({ b: 'd' });
  });

  it('renames the machine, with actors that have no id of their own', () => {
    const machine = (id: string): AnyStateMachine =>
      machineOf({ a: { invoke: { src: 'work', onDone: 'end' }, after: { 5: 'end' } }, end }, { id });

    const after = migrate(Instance.start(machine('old')), machine('new'), renameState('old', 'new'));

    expect(after.armed.map(({ id }) => id)).toEqual(['xstate.after.5.new.a']);
    expect(after.settle('/0.new.a').status).toBe('done');
  });
});

describe('renameInvoke', () => {
  it('renames a running actor, its step, and the timers of the machine it is', () => {
    const kid = machineOf(
      { x: { invoke: { id: 'inner', src: 'work', onDone: 'end' }, after: { 5: 'end' } }, end },
      { id: 'kid' },
    );
    const machine = (id: string): AnyStateMachine =>
      machineOf(
        { a: { ...invoking(id, 'kid'), entry: sendTo(id, { type: 'X' }, { delay: 9 }) }, end },
        { actors: { kid } },
      );

    const after = migrate(
      Instance.start(machine('one')),
      machine('two/three'),
      migration(renameInvoke('one', 'two/three'), drop('send-')),
    );

    expect(after.calls).toMatchObject([{ path: '/two~1three/inner', src: 'kid/work' }]);
    expect(after.armed).toMatchObject([{ source: '/two~1three', target: '/two~1three' }]);
    expect(after.settle('/two~1three/inner').status).toBe('done');
  });

  it('refuses to overwrite another actor', () => {
    const machine = machineOf({
      a: {
        invoke: [
          { id: 'x', src: 'work' },
          { id: 'y', src: 'work' },
        ],
      },
    });

    expect(tryMigrate(Instance.start(machine), machine, renameInvoke('x', 'y'))).toMatchObject({
      reasons: [{ code: 'migration-failed', problem: expect.stringContaining("renames the actor 'x' to 'y'") }],
    });
  });
});

/** Drops timers by the beginning of their ids, as a migration by hand. */
const drop =
  (prefix: string): ReturnType<typeof migration> =>
  stored => ({ ...stored, armed: stored.armed.filter(({ id }) => !id.startsWith(prefix)) });

describe('renameActor', () => {
  it('renames the logic of running actors and of steps that may be undone', () => {
    const machine = (src: string): AnyStateMachine =>
      machineOf(
        { a: { invoke: { id: 'x', src, onDone: 'b' } }, b: invoking('y', src), end },
        { actors: { [src]: work } },
      );
    const before = Instance.start(machine('work')).settle('/x');

    expect(heldBy(tryMigrate(before, machine('labour'), nothing))).toContain('step-missing');
    const after = migrate(before, machine('labour'), renameActor('work', 'labour'));

    expect(after.calls).toMatchObject([{ src: 'labour' }, { src: 'labour' }]);
    expect(after.settle('/y').status).toBe('done');
  });

  it('renames inside nested machines only where it is told to', () => {
    const kid = (src: string): AnyStateMachine =>
      machineOf({ x: invoking('inner', src), end }, { id: 'kid', actors: { [src]: work } });
    const outer = (src: string): AnyStateMachine =>
      machineOf(
        {
          a: {
            invoke: [
              { id: 'one', src: 'kid' },
              { id: 'two', src: 'kid' },
            ],
          },
        },
        { actors: { kid: kid(src), work } },
      );
    const before = Instance.start(outer('work'));

    const after = migrate(before, outer('labour'), renameActor('work', 'labour', { in: '/*' }));
    expect(after.calls.map(({ src }) => src)).toEqual(['kid/labour', 'kid/labour']);

    const half = tryMigrate(before, outer('labour'), renameActor('work', 'labour', { in: '/one' }));
    expect(half).toMatchObject({
      ok: false,
      reasons: expect.arrayContaining([expect.objectContaining({ path: '/two' })]),
    });
  });
});

describe('a change of one machine of the tree', () => {
  const twin = (delay: string | number, src: string): AnyStateMachine =>
    machineOf({ a: { after: { [delay]: 'end' }, ...invoking('leaf', src) }, end }, { actors: { [src]: work } });
  /** A machine around another with the same ids and names. */
  const around = (own: string | number, src: string, nested: AnyStateMachine): AnyStateMachine =>
    machineOf(
      {
        a: {
          after: { [own]: 'end' },
          invoke: [
            { id: 'twin', src: 'twin' },
            { id: 'leaf', src },
          ],
        },
        end,
      },
      { actors: { [src]: work, twin: nested } },
    );
  const before = Instance.start(around(5, 'work', twin(5, 'work')));
  const ids = ({ armed }: Instance): readonly string[] => armed.map(({ source, id }) => `${source} ${id}`).toSorted();

  it('leaves timers of the others as they are', () => {
    const own = migrate(before, around('long', 'work', twin(5, 'work')), renameDelay(5, 'long'));
    const nested = migrate(before, around(5, 'work', twin('long', 'work')), renameDelay(5, 'long', { in: '/twin' }));

    expect(ids(own)).toEqual([' xstate.after.long.m.a', '/twin xstate.after.5.m.a']);
    expect(ids(nested)).toEqual([' xstate.after.5.m.a', '/twin xstate.after.long.m.a']);
  });

  it('drops and arms timers of that one only', () => {
    const gone = machineOf(
      {
        a: {
          invoke: [
            { id: 'twin', src: 'twin' },
            { id: 'leaf', src: 'work' },
          ],
        },
        end,
      },
      {
        actors: { work, twin: twin(5, 'work') },
      },
    );
    const without = migrate(before, gone, rearm({ 'xstate.after.5.m.a': null }));

    expect(ids(without)).toEqual(['/twin xstate.after.5.m.a']);
    expect(ids(migrate(without, before.machine, startMissingTimers()))).toEqual(ids(before));
  });

  it('leaves actors of the same name below it as they are', () => {
    const after = migrate(before, around(5, 'labour', twin(5, 'work')), renameActor('work', 'labour'));

    expect(after.calls.map(({ src }) => src).toSorted()).toEqual(['labour', 'twin/work']);
  });
});

describe('timers of a changed delay', () => {
  const waiting = (delay: string | number): AnyStateMachine => machineOf({ a: { after: { [delay]: 'end' } }, end });

  it('are renamed by renameDelay, and fire when they would have', () => {
    const after = migrate(Instance.start(waiting(86_400_000)), waiting('long'), renameDelay(86_400_000, 'long'));

    expect(after.armed).toMatchObject([{ id: 'xstate.after.long.m.a', due: 86_400_000 }]);
    expect(after.fire('xstate.after.long.m.a').status).toBe('done');
  });

  it('are renamed one by one by rearm, or dropped', () => {
    const two = machineOf({ a: { after: { 1000: 'end', 2000: 'end' } }, end });
    const loaded = tryMigrate(
      Instance.start(two),
      waiting('long'),
      rearm({ 'xstate.after.1000.m.a': 'long', 'xstate.after.2000.m.a': null }),
    );

    expect(loaded).toMatchObject({
      ok: true,
      record: { armed: [{ id: 'xstate.after.long.m.a', due: 1000 }] },
      disarmed: [{ id: 'xstate.after.1000.m.a' }, { id: 'xstate.after.2000.m.a' }],
      rearmed: [{ id: 'xstate.after.long.m.a', due: 1000 }],
    });
  });

  it('with a fraction are told from the state behind them', () => {
    const after = migrate(Instance.start(waiting(0.5)), waiting('long'), renameDelay(0.5, 'long'));

    expect(after.armed).toMatchObject([{ id: 'xstate.after.long.m.a' }]);
  });
});

describe('stopInvoke', () => {
  it('stops an actor with all below it', () => {
    const kid = machineOf({ x: { ...invoking('inner'), after: { 5: 'end' } }, end }, { id: 'kid' });
    const actors = { kid };
    const before = Instance.start(machineOf({ a: invoking('one', 'kid'), b: {}, end }, { actors }));
    const machine = machineOf({ a: {}, b: invoking('one', 'kid'), end }, { actors });

    const loaded = tryMigrate(before, machine, stopInvoke('one'));

    expect(loaded).toMatchObject({
      ok: true,
      record: { armed: [], snapshot: { children: {} } },
      disarmed: before.armed,
      rearmed: [],
      effects: [{ kind: 'stop', path: '/one/inner', token: before.calls[0]?.spawn }],
    });
  });
});

describe('forgetHistory', () => {
  it('drops what a history remembers', () => {
    const machine = (more: object): AnyStateMachine =>
      machineOf({ a: { initial: 'x', states: { x: {}, ...more }, on: { GO: 'b' } }, b: {} });
    const before = Instance.start(machine({ past: { type: 'history' } })).send('GO');

    expect(migrate(before, machine({}), forgetHistory('m.a.past')).value).toBe('b');
  });
});

describe('mapContext', () => {
  it('changes the context of the machine it is told', () => {
    const counting = (id: string, actors: object): AnyStateMachine =>
      machineOf({ a: { invoke: { id: 'kid', src: 'kid', input: { n: 1 } } } }, { id, actors });
    const machine = counting('m', { kid: machineOf({ a: {} }, { id: 'kid' }) });
    const double = ({ n }: { n: number }): object => ({ n: n * 2 });

    const after = migrate(
      Instance.start(machine, { n: 5 }),
      machine,
      migration(mapContext(double), mapContext(double, { in: '/kid' }), mapContext(double, { in: '/nobody' })),
    );

    expect(after.context).toEqual({ n: 10 });
    expect(after.stored().snapshot).toMatchObject({ children: { kid: { snapshot: { context: { n: 2 } } } } });
  });
});

describe('what was never entered', () => {
  const atomic = machineOf({ a: {}, end });

  it('is accepted by enterMissingStates, which names it in the value', () => {
    const child = { entry: raise({ type: 'X' }), on: { GO: '#m.end' } };
    const compound = machineOf({ a: { initial: 'c', states: { c: child, d: {} } }, end });
    const regions = machineOf({
      a: { type: 'parallel', states: { c: { initial: 'x', states: { x: child } }, d: {} } },
      end,
    });

    const remembering = machineOf({ a: { type: 'parallel', states: { c: child, past: { type: 'history' } } }, end });

    expect(migrate(Instance.start(atomic), remembering, enterMissingStates()).value).toEqual({ a: { c: {} } });
    expect(migrate(Instance.start(atomic), compound, enterMissingStates()).value).toEqual({ a: 'c' });
    expect(migrate(Instance.start(atomic), regions, enterMissingStates()).value).toEqual({ a: { c: 'x', d: {} } });
    expect(migrate(Instance.start(atomic), compound, renameState('m.a', 'm.a.d')).value).toEqual({ a: 'd' });
    expect(migrate(Instance.start(atomic), compound, enterMissingStates()).send('GO').status).toBe('done');
  });

  it('is started by startMissingInvokes with an input made of the context', () => {
    const invoke = {
      id: 'charge',
      src: 'work',
      systemId: 'till',
      input: ({ context, event }: { context: { ms: number }; event: object }) => ({ ...context, event }),
      onSnapshot: {},
      onDone: 'end',
    };
    const machine = machineOf({ a: { invoke }, end });

    const loaded = tryMigrate(Instance.start(atomic), machine, startMissingInvokes());

    const input = { ms: 7, event: { type: 'xstate.init' } };
    expect(loaded).toMatchObject({
      ok: true,
      effects: [{ kind: 'start', path: '/charge', src: 'work', token: '1.1', input }],
      record: {
        seq: 2,
        snapshot: {
          children: {
            charge: {
              src: 'work',
              systemId: 'till',
              syncSnapshot: true,
              snapshot: { status: 'active', input, token: '1.1' },
            },
          },
        },
      },
    });
    expect(migrate(Instance.start(atomic), machine, startMissingInvokes()).settle('/charge').status).toBe('done');
  });

  it('is started where it is a nested machine, with its own steps and timers', () => {
    const kid = machineOf({ x: { ...invoking('inner'), after: { long: 'end' } }, end }, { id: 'kid' });
    const machine = machineOf(
      {
        a: {
          type: 'parallel',
          states: { one: { invoke: { id: 'k/1', src: 'kid' } }, two: { invoke: { id: 'leaf', src: 'work' } } },
        },
        end,
      },
      { actors: { kid, work } },
    );

    const after = migrate(Instance.start(atomic), machine, migration(enterMissingStates(), startMissingInvokes()));

    expect(after.calls).toMatchObject([
      { path: '/k~11/inner', src: 'kid/work' },
      { path: '/leaf', src: 'work' },
    ]);
    expect(new Set(after.calls.map(({ spawn }) => spawn)).size).toBe(2);
    expect(after.armed).toMatchObject([{ source: '/k~11', target: '/k~11', id: 'xstate.after.long.kid.x' }]);
    expect(after.settle('/k~11/inner').stored().snapshot).toMatchObject({
      children: { 'k/1': { snapshot: { status: 'done' } } },
    });
  });

  it('is started where it is a transition function', () => {
    const counter = fromTransition((n: number) => n + 1, 0);
    const machine = machineOf({ a: { invoke: { id: 'count', src: 'counter' } }, end }, { actors: { counter } });

    const after = migrate(Instance.start(atomic), machine, startMissingInvokes()).send('X', '/count');

    expect(after.stored().snapshot).toMatchObject({ children: { count: { snapshot: { context: 1 } } } });
  });

  it('stays missing where a nested machine would end before its parent could hear of it', () => {
    const kid = createMachine({ id: 'kid', initial: 'end', states: { end: { type: 'final' } } });
    const machine = machineOf({ a: invoking('k', 'kid'), end }, { actors: { kid } });

    expect(tryMigrate(Instance.start(atomic), machine, startMissingInvokes())).toMatchObject({
      reasons: [{ code: 'invoke-not-started' }],
    });
  });

  it('is armed by startMissingTimers, with delays made of the context', () => {
    const machine = machineOf({ a: { after: { 3000: 'end', long: 'end', nag: 'end' } }, end });

    const loaded = tryMigrate(Instance.start(atomic), machine, startMissingTimers());

    const arm = (delay: string, delayMs: number): object => {
      const type = `xstate.after.${delay}.m.a`;
      return { kind: 'arm', source: '', target: '', id: type, delayMs, event: { type } };
    };
    expect(loaded).toMatchObject({ ok: true, effects: [arm('3000', 3000), arm('long', 1000), arm('nag', 7)] });
  });

  it('is armed besides the timers that are', () => {
    const before = Instance.start(machineOf({ a: { after: { long: 'end' } }, end }));
    const machine = machineOf({ a: { after: { long: 'end', 5: 'end' } }, end });

    expect(tryMigrate(before, machine, startMissingTimers())).toMatchObject({
      record: { armed: [{ id: 'xstate.after.long.m.a' }] },
      effects: [{ kind: 'arm', id: 'xstate.after.5.m.a' }],
    });
  });

  it('holds the instance where a delay is none', () => {
    const machine = machineOf({ a: { after: { nag: 'end' } }, end });

    expect(
      tryMigrate(
        Instance.start(atomic),
        machine,
        migration(
          mapContext(() => ({ ms: 'x' })),
          startMissingTimers(),
        ),
      ),
    ).toMatchObject({ reasons: [{ code: 'migration-failed', problem: expect.stringContaining("'nag' is x ms") }] });
  });

  it('is started in nested machines only where it is told to', () => {
    const kid = (state: object): AnyStateMachine => machineOf({ x: state, end }, { id: 'kid' });
    const outer = (state: object): AnyStateMachine =>
      machineOf({ a: { invoke: { id: 'k', src: 'kid' } } }, { actors: { kid: kid(state) } });
    const before = Instance.start(outer({}));
    const machine = outer({ ...invoking('inner'), after: { long: 'end' } });

    expect(heldBy(tryMigrate(before, machine, startMissingInvokes()))).toEqual(['invoke-not-started', 'timer-missing']);
    const after = migrate(
      before,
      machine,
      migration(startMissingInvokes({ in: '/k' }), startMissingTimers({ in: '/k' })),
    );
    expect(after.calls).toMatchObject([{ path: '/k/inner', src: 'kid/work' }]);
    expect(after.armed).toMatchObject([{ source: '/k' }]);
  });

  it('follows an actor that a later version renames', () => {
    const kid = machineOf({ x: invoking('inner'), end }, { id: 'kid' });
    const before = Instance.start(
      machineOf(
        { a: { invoke: { id: 'k', src: 'kid' } } },
        { actors: { kid: machineOf({ x: {}, end }, { id: 'kid' }) } },
      ),
    );
    const machine = machineOf({ a: { invoke: { id: 'l', src: 'kid' } } }, { actors: { kid } });

    const after = migrate(before, machine, migration(startMissingInvokes({ in: '/k' }), renameInvoke('k', 'l')));

    expect(after.calls).toMatchObject([{ path: '/l/inner' }]);
  });
});

describe('a migration by hand', () => {
  it('may return what it changes only', () => {
    const before = Instance.start(machineOf({ a: { entry: assign({ n: 1 }) } }));
    const machine = machineOf({ b: {} });

    expect(migrate(before, machine, (() => ({ value: 'b' })) as never).context).toEqual({ ms: 7, n: 1 });
  });
});
