// The lint finds where a machine would rest for ever, and only there: by example, and against exploring every state.
import fc from 'fast-check';
import { assign, createMachine, fromTransition, initialTransition, spawnChild, transition } from 'xstate';
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from 'xstate';
import { describe, expect, it } from 'vitest';
import { lint } from '../../src/sagas/lint.ts';
import { machineOf, refuses, stateOf, work, type Case } from './lint-kit.ts';

const final = { type: 'final' };
const resting = machineOf({ id: 'resting', states: { a: {} } });

/** A parallel state with these regions, and what follows it. */
const regions = (states: object, rest: object = {}): AnyStateMachine =>
  machineOf({ states: { a: { type: 'parallel', states, ...rest }, b: final } });
const ending = { initial: 'x', states: { x: { on: { end: 'y' } }, y: final } };

const waiting = { initial: 'x', onDone: 'b' };

const deadEnds: readonly Case[] = [
  {
    code: 'dead-end',
    what: 'a state that nothing leaves',
    refused: machineOf({ states: { a: { on: { end: 'b', pause: 'c' } }, b: final, c: { entry: assign({}) } } }),
    path: 'saga.c',
    says: "Add a transition, or make it final (type: 'final').",
    allowed: [
      machineOf({ states: { a: { on: { end: 'b', pause: 'c' } }, b: final, c: { on: { end: 'b' } } } }),
      machineOf({ states: { a: { on: { end: 'b', pause: 'c' } }, b: final, c: { after: { 1000: 'b' } } } }),
      machineOf({ states: { a: { on: { end: 'b', pause: 'c' } }, b: final, c: { always: 'b' } } }),
      machineOf({ on: { end: '.b' }, states: { a: { on: { pause: 'c' } }, b: final, c: {} } }),
      machineOf({ after: { 1000: '.b' }, states: { a: {}, b: final } }),
      machineOf({ on: { poke: { actions: assign({}) } }, states: { a: {} } }),
      machineOf({ states: { a: { on: { end: 'b' } }, b: final, unreachable: {} } }),
      machineOf({
        states: {
          a: { initial: 'x', states: { x: { on: { end: '#m.b' } }, unreachable: final }, onDone: 'c' },
          b: final,
          c: {},
        },
      }),
    ],
  },
  {
    code: 'dead-end',
    what: 'a machine without a transition',
    refused: machineOf({ initial: undefined, states: undefined }),
    path: 'saga',
    says: 'nothing leaves it',
    allowed: [machineOf({ initial: undefined, states: undefined, type: 'final' })],
  },
  {
    code: 'dead-end',
    what: 'a state whose only transition is forbidden',
    refused: machineOf({ states: { a: { on: { end: undefined } }, b: final } }),
    path: 'saga.a',
    says: 'nothing leaves it',
    allowed: [stateOf({})],
  },
  {
    code: 'dead-end',
    what: 'a state that only waits for the end of its parent',
    refused: machineOf({
      states: { a: { initial: 'x', states: { x: {}, y: final }, onDone: 'b' }, b: final },
    }),
    path: 'saga.a.x',
    says: 'nothing leaves it',
    allowed: [machineOf({ states: { a: { ...ending, onDone: 'b' }, b: final } })],
  },
  {
    code: 'dead-end',
    what: 'a region without an end beside one that only waits for the end of both',
    refused: regions({ flag: { initial: 'x', states: { x: {} } }, main: ending }, { onDone: 'b' }),
    path: 'saga.a.flag.x',
    says: 'nothing leaves it',
    allowed: [
      regions({ flag: { initial: 'x', states: { x: final } }, main: ending }, { onDone: 'b' }),
      regions({ flag: {}, main: { ...ending, onDone: '#m.b' } }),
      regions({ flag: {}, main: { initial: 'x', states: { x: { on: { end: '#m.b' } } } } }),
      regions({ flag: {}, main: { initial: 'x', states: { x: { on: { beat: { actions: assign({}) } } } } } }),
      regions({ flag: {}, main: ending }, { on: { end: 'b' } }),
      regions({ flag: {}, main: { type: 'parallel', states: { one: ending, two: ending }, onDone: '#m.b' } }),
      regions({ patience: { after: { 1000: '#m.b' } }, main: ending }, { onDone: 'b' }),
    ],
  },
  {
    code: 'dead-end',
    what: 'a resting nested machine without which its parent cannot go on',
    refused: machineOf({ states: { a: { invoke: { src: 'c', onDone: 'b' } }, b: final } }, { actors: { c: resting } }),
    path: 'saga/c.a',
    says: 'nothing leaves it',
    allowed: [
      stateOf({ invoke: { src: 'c', onDone: 'b' } }, { actors: { c: resting } }),
      machineOf({ states: { a: { invoke: { src: 'c' }, on: { end: 'b' } }, b: final } }, { actors: { c: resting } }),
      stateOf({ entry: spawnChild('c', { id: 'c' }) }, { actors: { c: resting } }),
      stateOf({ entry: assign(({ spawn }) => ({ c: spawn('c' as never) })) }, { actors: { c: resting } }),
    ],
  },
  {
    code: 'dead-end',
    what: 'a resting nested machine that keeps the state around it from its end',
    refused: machineOf(
      { states: { a: { ...waiting, states: { x: { invoke: { src: 'c', onDone: 'y' } }, y: final } }, b: final } },
      { actors: { c: resting } },
    ),
    path: 'saga/c.a',
    says: 'nothing leaves it',
    allowed: [
      machineOf(
        {
          states: { a: { ...waiting, states: { x: { invoke: { src: 'c' }, after: { 1: 'y' } }, y: final } }, b: final },
        },
        { actors: { c: resting } },
      ),
    ],
  },
];

const stuck: readonly Case[] = [
  {
    code: 'stuck-when-done',
    what: 'the end of a state after which nothing follows',
    refused: machineOf({ states: { a: ending, b: final } }),
    path: 'saga.a',
    says: 'ends, and nothing follows. Add onDone to it.',
    allowed: [
      machineOf({ states: { a: { ...ending, onDone: 'b' }, b: final } }),
      machineOf({ states: { a: { ...ending, on: { stop: 'b' } }, b: final } }),
      machineOf({ states: { a: { ...ending, always: { guard: () => true, target: 'b' } }, b: final } }),
      machineOf(ending),
      machineOf({ initial: 'x', states: { x: { on: { end: '#m.z' } }, z: final } }),
      machineOf({ states: { a: { initial: 'x', states: { x: { on: { end: '#m.b' } }, unused: final } }, b: final } }),
    ],
  },
  {
    code: 'stuck-when-done',
    what: 'the end of all regions after which nothing follows',
    refused: regions({ one: ending, two: ending }),
    path: 'saga.a',
    says: 'ends, and nothing follows',
    allowed: [
      regions({ one: ending, two: ending }, { onDone: 'b' }),
      machineOf({ type: 'parallel', initial: undefined, states: { one: ending, two: ending } }),
      regions({ one: { type: 'parallel', states: { x: ending, y: ending } }, two: ending }, { onDone: 'b' }),
      regions({ one: ending, two: { initial: 'x', states: { x: { on: { end: '#m.b' } } } } }),
    ],
  },
];

/** Regions of a parallel state are looked at one by one: a seed in a few hundred draws one that only together never rest. */
const SEED = 20_261_121;

describe('lint() of the flow', () => {
  refuses([...deadEnds, ...stuck]);

  it('leaves a machine alone whose actors may live on', () => {
    const reducer = fromTransition((state: number) => state, 0);

    for (const logic of [machineOf({ id: 'child' }), reducer]) {
      for (const a of [
        { invoke: { src: 'c' } },
        { entry: spawnChild('c', { id: 'c' }) },
        { entry: assign(() => ({})) },
      ]) {
        expect(lint(machineOf({ states: { a } }, { actors: { c: logic } }), { name: 'saga' })).toEqual([]);
      }
    }
    expect(lint(machineOf({ states: { a: {} } }, { actors: { c: work } }), { name: 'saga' })).toHaveLength(1);
  });

  it('refuses a resting region that is entered again with a region beside it', () => {
    const around = { initial: 'x', states: { x: {}, y: { id: 'y', on: { back: '#beside' } } } };
    const both = { type: 'parallel', states: { around, beside: { id: 'beside' } } };
    const machine = machineOf({ initial: 'a', states: { a: { on: { go: '#y' } }, both } });

    expect(lint(machine, { name: 'saga' }).map(({ path }) => path)).toContain('saga.both.around.x');
  });

  it('reports every state in which a random machine rests, and none that it leaves', () => {
    fc.assert(
      fc.property(shapes, shape => {
        const machine = toMachine(shape);
        const seen = explore(machine);
        fc.pre(seen !== undefined);
        const found = lint(machine, { name: 'm' }).map(({ code, path }) => ({
          code,
          id: path.split('.').at(-1) ?? '',
        }));
        const ids = new Set(found.map(({ id }) => id));
        // A state that no event reaches may be reported: that events of states passed at once never count is not seen.
        const met = found.filter(({ code, id }) => (code === 'dead-end' ? seen?.active : seen?.done)?.has(id));

        expect(seen?.rests.filter(rest => !rest.some(id => ids.has(id)))).toEqual([]);
        expect(met.filter(({ id }) => !seen?.rests.some(rest => rest.includes(id)))).toEqual([]);
      }),
      { numRuns: 1_000, seed: SEED },
    );
  });
});

/** A random state: where its events and `onDone` lead, by the number of the target. */
interface Shape {
  readonly type: 'atomic' | 'final' | 'compound' | 'parallel';
  readonly events: readonly number[];
  readonly done: number | null;
  readonly children: readonly Shape[];
}

const target = fc.nat(30);
const leaves: fc.Arbitrary<Shape> = fc.record({
  type: fc.constantFrom('atomic', 'atomic', 'final'),
  events: fc.array(target, { maxLength: 2 }),
  done: fc.constant(null),
  children: fc.constant([]),
});
const around = (inner: fc.Arbitrary<Shape>, type: fc.Arbitrary<'compound' | 'parallel'>): fc.Arbitrary<Shape> =>
  fc.record({
    type,
    events: fc.array(target, { maxLength: 1 }),
    done: fc.option(target),
    children: fc.array(inner, { minLength: 1, maxLength: 3 }),
  });
const either = fc.constantFrom('compound', 'parallel');
const small = fc.oneof({ weight: 2, arbitrary: leaves }, { weight: 1, arbitrary: around(leaves, either) });
const medium = fc.oneof({ weight: 2, arbitrary: leaves }, { weight: 1, arbitrary: around(small, either) });
const shapes = around(medium, fc.constant('compound')).map(shape => ({ ...shape, events: [] }));

/** Every state has a key of its own, `s1` and so on, and every transition an event of its own. */
function toMachine(shape: Shape): AnyStateMachine {
  const keys: string[] = [];
  const to = (index: number): string => `#${keys[index % keys.length] ?? ''}`;
  const describeState = ({ type, events, done, children }: Shape): (() => object) => {
    const id = `s${keys.push(`s${keys.length}`) - 1}`;
    const inner = children.map(describeState);
    return () => {
      const states = Object.fromEntries(inner.map(make => make()).map(state => [(state as { id: string }).id, state]));
      return {
        id,
        meta: id,
        ...(type === 'final' || type === 'parallel' ? { type } : {}),
        ...(type === 'final' ? {} : { on: Object.fromEntries(events.map((at, n) => [`${id}-${n}`, to(at)])) }),
        ...(done === null ? {} : { onDone: to(done) }),
        ...(children.length > 0 ? { states } : {}),
        ...(type === 'compound' ? { initial: Object.keys(states)[0] } : {}),
      };
    };
  };
  return createMachine({ ...describeState(shape)(), options: { maxIterations: 50 } } as never);
}

interface Explored {
  /** The states of each configuration in which a machine is not done and has no transition. */
  readonly rests: readonly (readonly string[])[];
  /** The states that were active, and those that had come to their end, in any configuration. */
  readonly active: ReadonlySet<string>;
  readonly done: ReadonlySet<string>;
}

/** Sends every event in every configuration; undefined for a machine that loops without an event. */
function explore(machine: AnyStateMachine): Explored | undefined {
  const rests: string[][] = [];
  const active = new Set<string>();
  const done = new Set<string>();
  const values = new Set<string>();
  const pending: AnyMachineSnapshot[] = [initialTransition(machine)[0] as AnyMachineSnapshot];
  for (let snapshot = pending.pop(); snapshot; snapshot = pending.pop()) {
    if (snapshot.status === 'error') return undefined;
    const value = JSON.stringify(snapshot.value);
    if (values.has(value) || snapshot.status === 'done') continue;
    values.add(value);
    const ids = new Set(Object.keys(snapshot.getMeta()));
    const nodes = [...ids].map(id => machine.getStateNodeById(id) as AnyStateNode);
    for (const id of ids) active.add(id);
    for (const node of nodes) if (hasEnded(node, ids)) done.add(node.id);
    const events = nodes.flatMap(eventsOf);
    if (events.length === 0) rests.push([...ids]);
    try {
      for (const type of events) pending.push(transition(machine, snapshot, { type })[0] as AnyMachineSnapshot);
    } catch {
      return undefined;
    }
  }
  return { rests, active, done };
}

function eventsOf(node: AnyStateNode): string[] {
  return [...node.transitions.keys()].filter(type => !type.startsWith('xstate.'));
}

function hasEnded(node: AnyStateNode, active: ReadonlySet<string>): boolean {
  const children = Object.values(node.states) as AnyStateNode[];
  if (node.type === 'parallel') return children.every(child => hasEnded(child, active));
  return children.some(({ id, type }) => type === 'final' && active.has(id));
}
