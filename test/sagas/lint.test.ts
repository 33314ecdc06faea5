// Each rule of the lint refuses what it is for, with the path and the fix, and leaves the nearest correct machine alone.
import {
  and,
  assign,
  cancel,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  log,
  not,
  or,
  raise,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { TroupeError } from '../../src/index.ts';
import { assertDurable, hints, lint, SagaRefusedError } from '../../src/sagas/lint.ts';
import { LINT_RULES, type Finding } from '../../src/sagas/lint-rules.ts';
import { machineOf, refuses, stateOf, work, type Case } from './lint-kit.ts';

const noop = (): void => {};
const inner = machineOf({ id: 'inner' });

const ids: readonly Case[] = [
  {
    code: 'id-dotted',
    what: 'a dot in the id of a machine (trap 15)',
    refused: machineOf({ id: 'orders.fulfil' }),
    path: 'saga',
    says: "has a dot in the id of its machine, 'orders.fulfil'",
    allowed: [machineOf({ id: 'orders-fulfil' }), machineOf({ id: undefined })],
  },
  {
    code: 'id-dotted',
    what: 'a dot in a state key (trap 15)',
    refused: machineOf({ initial: 'y.1', states: { 'y.1': { on: { end: '#b' } }, b: { id: 'b', type: 'final' } } }),
    path: 'saga.y.1',
    says: "has a dot in its key 'y.1'",
    allowed: [machineOf({ initial: 'y-1', states: { 'y-1': { on: { end: 'b' } }, b: { type: 'final' } } })],
  },
  {
    code: 'id-dotted',
    what: 'a dot in the id of a state (trap 15)',
    refused: stateOf({ id: 'wait.y' }),
    path: 'saga.a',
    says: "has a dot in its id 'wait.y'",
    allowed: [stateOf({ id: 'wait-y' })],
  },
  {
    code: 'id-ambiguous',
    what: 'two states with one id',
    refused: machineOf({ states: { a: { id: 'x', on: { end: 'b' } }, b: { id: 'x', type: 'final' } } }),
    path: 'saga.a',
    says: "has the id 'x', by which XState finds another state or none",
    allowed: [machineOf({ states: { a: { id: 'x', on: { end: 'b' } }, b: { id: 'y', type: 'final' } } })],
  },
  {
    code: 'id-ambiguous',
    what: 'a state key that XState reads as an id',
    refused: machineOf({ initial: '#x', states: { '#x': { always: 'b' }, b: { type: 'final' } } }),
    path: 'saga.#x',
    says: "has the id 'm.#x', by which XState finds another state or none",
    allowed: [machineOf({ initial: 'x', states: { x: { always: 'b' }, b: { type: 'final' } } })],
  },
  {
    code: 'child-id-shared',
    what: 'two actors of one state under one id',
    refused: stateOf(
      { invoke: ['p', 'q'].map(src => ({ id: 'same', src, onError: 'b' })) },
      { actors: { p: work, q: work } },
    ),
    path: 'saga.a -> invoke same',
    says: "is the second actor of its state with the id 'same'",
    allowed: [
      stateOf({ invoke: ['p', 'q'].map(src => ({ id: src, src, onError: 'b' })) }, { actors: { p: work, q: work } }),
      stateOf({ invoke: ['p', 'p'].map(src => ({ src, onError: 'b' })) }, { actors: { p: work } }),
    ],
  },
];

const literals: readonly Case[] = [
  {
    code: 'context-not-json',
    what: 'a literal context that JSON would change, with its path (trap 22)',
    refused: machineOf({ context: { items: [{ due: 1 }, { due: new Date(0) }] } }),
    path: 'saga',
    says: 'context.items[1].due is a Date, which is not JSON',
    allowed: [
      machineOf({ context: { items: [{ due: 1 }, { due: null, note: undefined }] } }),
      machineOf({ context: () => ({ due: new Date(0) }) }),
    ],
  },
  {
    code: 'context-not-json',
    what: 'a literal in assign that JSON would change (trap 22)',
    refused: stateOf({ entry: assign({ seen: new Set() }) }),
    path: 'saga.a -> entry',
    says: 'context.seen is a Set, which is not JSON',
    allowed: [stateOf({ entry: assign({ seen: [], later: () => new Set() }) }), stateOf({ entry: assign(() => ({})) })],
  },
];

const delays: readonly Case[] = [
  {
    code: 'delay-unknown',
    what: 'an unknown delay (trap 3)',
    refused: stateOf({ after: { patiense: 'b' } }, { delays: { patience: 1_000 } }),
    path: 'saga.a -> after patiense',
    says: "unknown delay 'patiense'. Add delays: { patiense: … } to setup, or correct the name (patience).",
    allowed: [
      stateOf({ after: { patience: 'b' } }, { delays: { patience: 1_000 } }),
      stateOf({ after: { 1000: 'b' } }),
    ],
  },
  {
    code: 'delay-unknown',
    what: 'a delay with a unit (trap 3)',
    refused: stateOf({ after: { '5m': 'b' } }),
    path: 'saga.a -> after 5m',
    says: "unknown delay '5m'. XState reads no units",
    allowed: [stateOf({ after: { '5m': 'b' } }, { delays: { '5m': 300_000 } })],
  },
  {
    code: 'delay-unknown',
    what: 'an unknown delay of raise and sendTo (trap 3)',
    refused: stateOf({ entry: sendTo('c', { type: 'x' }, { delay: 'soon' as never }) }),
    path: 'saga.a -> entry',
    says: "unknown delay 'soon'",
    allowed: [
      stateOf({ entry: raise({ type: 'x' }, { delay: 'soon' as never }) }, { delays: { soon: () => 1 } }),
      stateOf({ entry: raise({ type: 'x' }, { delay: () => 1 }) }),
      stateOf({ entry: raise({ type: 'x' }) }),
    ],
  },
  {
    code: 'delay-invalid',
    what: 'a negative delay (trap 5)',
    refused: stateOf({ entry: raise({ type: 'x' }, { delay: -1 }) }),
    path: 'saga.a -> entry',
    says: 'waits for -1. Make the delay milliseconds, from 0.',
    allowed: [stateOf({ entry: raise({ type: 'x' }, { delay: 0 }) })],
  },
  {
    code: 'delay-invalid',
    what: 'after Infinity (trap 5)',
    refused: stateOf({ after: { [Infinity]: 'b' } }),
    path: 'saga.a -> after Infinity',
    says: 'waits for Infinity',
    allowed: [stateOf({ after: { [2 ** 40]: 'b' } })],
  },
  {
    code: 'delay-invalid',
    what: 'a named delay that is text: XState would not wait at all (trap 3)',
    refused: stateOf({ after: { patience: 'b' } }, { delays: { patience: '5m' } }),
    path: 'saga -> delay patience',
    says: "waits for '5m'",
    allowed: [stateOf({ after: { patience: 'b' } }, { delays: { patience: () => 300_000 } })],
  },
];

const guards: readonly Case[] = [
  {
    code: 'guard-unknown',
    what: 'an unknown guard',
    refused: stateOf({ always: { guard: 'isPayed', target: 'b' } }, { guards: { isPaid: () => true } }),
    path: 'saga.a -> always',
    says: "asks the unknown guard 'isPayed'. Add guards: { isPayed: … } to setup, or correct the name (isPaid).",
    allowed: [
      stateOf({ always: { guard: 'isPaid', target: 'b' } }, { guards: { isPaid: () => true } }),
      stateOf({ always: { guard: { type: 'isPaid', params: {} }, target: 'b' } }, { guards: { isPaid: () => true } }),
      stateOf({ always: { guard: () => true, target: 'b' } }),
    ],
  },
  {
    code: 'guard-unknown',
    what: 'an unknown guard inside and, or and not',
    refused: stateOf({ on: { end: { guard: and([() => true, not(or(['isLate'])) as never]), target: 'b' } } }),
    path: 'saga.a -> on end',
    says: "'isLate'",
    allowed: [
      stateOf(
        { on: { end: { guard: and([stateIn('a'), not(or(['isLate'])) as never]), target: 'b' } } },
        { guards: { isLate: not('isEarly' as never), isEarly: () => true } },
      ),
    ],
  },
];

const actions: readonly Case[] = [
  {
    code: 'action-unknown',
    what: 'an unknown action',
    refused: stateOf(
      { on: { end: { target: 'b', actions: { type: 'notifi', params: {} } } } },
      { actions: { notify: noop } },
    ),
    path: 'saga.a -> on end',
    says: "uses the unknown action 'notifi'. Add actions: { notifi: … } to setup, or correct the name (notify).",
    allowed: [
      stateOf(
        { on: { end: { target: 'b', actions: ['notify', { type: 'notify', params: {} }] } } },
        { actions: { notify: noop } },
      ),
    ],
  },
  {
    code: 'action-unknown',
    what: 'a named action without an implementation',
    refused: stateOf({ entry: 'notify' }, { actions: { notify: undefined } }),
    path: 'saga.a -> entry',
    says: "uses the unknown action 'notify'",
    allowed: [stateOf({}, { actions: { notify: undefined } })],
  },
  {
    code: 'action-inline',
    what: 'an inline action',
    refused: stateOf({ exit: noop }),
    path: 'saga.a -> exit',
    says: 'has an inline action. Name it in setup({ actions })',
    allowed: [
      stateOf({ exit: 'noop' }, { actions: { noop } }),
      stateOf(
        {
          exit: [
            assign({}),
            raise({ type: 'x' }),
            sendTo('c', { type: 'x' }),
            cancel('c'),
            emit({ type: 'x' }),
            log('x'),
          ],
          entry: [enqueueActions(noop), spawnChild('c', { id: 'c' }), stopChild('c')],
        },
        { actors: { c: inner } },
      ),
    ],
  },
  {
    code: 'action-inline',
    what: 'an inline action of an initial transition',
    refused: machineOf({ initial: { target: 'a', actions: noop } }),
    path: 'saga -> initial',
    says: 'has an inline action',
    allowed: [machineOf({ initial: { target: 'a', actions: assign({}) } })],
  },
  {
    code: 'action-reserved',
    what: 'an action with a name of XState',
    refused: stateOf({ entry: 'xstate.raise' }, { actions: { 'xstate.raise': noop } }),
    path: 'saga -> action xstate.raise',
    says: "is an action named 'xstate.raise'",
    allowed: [stateOf({ entry: 'raise' }, { actions: { raise: noop } })],
  },
];

describe('lint()', () => {
  refuses([...ids, ...literals, ...delays, ...guards, ...actions]);

  it('refuses what is no machine (trap 32)', () => {
    for (const machine of [undefined, {}, 'machine', fromPromise(() => Promise.resolve(1))]) {
      expect(lint(machine as never, { name: 'saga' })).toMatchObject([{ code: 'not-a-machine', path: 'saga' }]);
    }
    expect(lint(machineOf({}), { name: 'saga' })).toEqual([]);
  });

  it('looks into nested machines, named and inline, each once', () => {
    const deep = machineOf({ id: 'deep', states: { a: { entry: 'nothing', on: { end: 'b' } }, b: { type: 'final' } } });
    const middle = stateOf({ invoke: { src: 'deep' } }, { actors: { deep } });
    const outer = stateOf({ invoke: { src: 'middle' } }, { actors: { middle, again: deep } });

    expect(lint(outer, { name: 'saga' }).map(({ path }) => path)).toEqual(['saga/middle/deep.a -> entry']);
    expect(lint(stateOf({ invoke: { id: 'i', src: deep } }), { name: 'saga' }).map(({ path }) => path)).toEqual([
      'saga.a -> invoke i',
      'saga/i.a -> entry',
    ]);
  });

  it('says once what is wrong with all transitions of one event', () => {
    const end = [
      { guard: () => true, target: 'b', actions: noop },
      { target: 'b', actions: noop },
    ];

    expect(lint(stateOf({ on: { end } }), { name: 'saga' }).map(({ path }) => path)).toEqual(['saga.a -> on end']);
  });

  it('names what was probably meant: the closest, and nothing for short or other names', () => {
    const fixFor = (entry: string): string | undefined =>
      lint(stateOf({ entry }, { actions: { apologise: noop, apologize: noop, apology: noop, go: noop } }), {
        name: 'saga',
      })[0]?.fix;

    expect(fixFor('apologiz')).toContain('(apologize)');
    expect(fixFor('Apology')).toContain('(apology)');
    expect(fixFor('on')).toContain('or correct the name.');
    expect(fixFor('no-such-thing')).toContain('Add actions: { "no-such-thing": … } to setup, or correct the name.');
  });

  it('ends for a machine that is nested in itself', () => {
    const actors: Record<string, unknown> = {};
    const machine = stateOf({ invoke: { src: 'self' } }, { actors });
    machine.implementations.actors['self'] = machine;

    expect(lint(machine, { name: 'saga' })).toEqual([]);
  });

  it('calls nothing of the user (trap 20)', () => {
    const called = vi.fn();
    const machine = stateOf(
      {
        entry: [assign(called), assign({ x: called }), enqueueActions(called), emit(called), log(called), 'act'],
        always: { guard: called, target: 'b' },
        after: { late: 'b' },
        invoke: { src: 'promise', input: called, onError: 'b' },
      },
      {
        actions: { act: called },
        guards: { maybe: called },
        delays: { late: called },
        actors: {
          promise: fromPromise(called),
          reducer: fromTransition(called, called),
          callback: fromCallback(called),
        },
      },
    );

    lint(machine, { name: 'saga' });
    hints(machine);

    expect(called).not.toHaveBeenCalled();
  });
});

describe('assertDurable()', () => {
  it('refuses with all findings at once, each with its code, path and fix', () => {
    const machine = stateOf({ after: { patiense: 'b' }, entry: noop }, { delays: { patience: 1_000 } });
    let error: unknown;
    try {
      assertDurable('checkout', machine);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(SagaRefusedError);
    expect(error).toBeInstanceOf(TroupeError);
    expect(error).toMatchObject({ code: 'saga-refused', retryable: false, findings: { length: 2 } });
    expect((error as Error).message.split('\n')).toEqual([
      'The saga checkout cannot run durably.',
      "[delay-unknown] checkout.a -> after patiense: waits for the unknown delay 'patiense'. " +
        'Add delays: { patiense: … } to setup, or correct the name (patience).',
      '[action-inline] checkout.a -> entry: has an inline action. ' +
        'Name it in setup({ actions }): it then runs after the commit. Or use assign, raise, emit or log.',
    ]);
  });

  it('bounds the loops of a machine and of those nested in it (trap 28)', () => {
    const nested = machineOf({ id: 'nested' });
    const bounded = machineOf({ id: 'bounded', options: { maxIterations: 7 } });
    const machine = stateOf({ invoke: [{ src: 'nested' }, { src: 'bounded' }] }, { actors: { nested, bounded } });

    assertDurable('checkout', machine);

    expect([machine, nested, bounded].map(({ options }) => options.maxIterations)).toEqual([1_000, 1_000, 7]);
  });
});

describe('LINT_RULES', () => {
  it('has each code once', () => {
    const codes = LINT_RULES.map(({ code }) => code);

    expect(new Set(codes).size).toBe(codes.length);
  });

  it('says of each finding whether it refuses', () => {
    const every = (found: readonly Finding[], level: string): boolean =>
      found.every(({ code }) => LINT_RULES.find(rule => rule.code === code)?.level === level);
    const machine = stateOf({ after: { 1000: 'b', '5m': 'b' }, entry: noop });

    expect(every(lint(machine, { name: 'saga' }), 'refused')).toBe(true);
    expect(every(hints(machine), 'hint')).toBe(true);
  });
});
