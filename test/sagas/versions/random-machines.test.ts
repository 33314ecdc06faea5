// Random machines on random ways: an instance always fits its own machine, and a migration that renames everything.
import fc from 'fast-check';
import { setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { migration, renameInvoke, renameState } from '../../../src/sagas/migrations.ts';
import { found, Instance, tryMigrate, work } from './kit.ts';

/** Answers questions with numbers below a bound. */
type Choose = (bound: number) => number;

const RUNS = 150;
const STEPS = 12;
const EVENTS = ['E0', 'E1', 'E2', 'E3'];

const chooser = (numbers: readonly number[]): Choose => {
  let at = 0;
  return bound => (numbers[at++ % numbers.length] ?? 0) % bound;
};

interface State {
  readonly key: string;
  readonly id: string;
  readonly children: readonly State[];
}

/** A tree of states of which those with children are parallel or not. */
function statesOf(choose: Choose, id: string, depth: number): State {
  const count = depth === 0 ? 2 + choose(2) : depth < 3 ? choose(3) : 0;
  const children = Array.from({ length: count }, (_, n) => statesOf(choose, `${id}.s${n}`, depth + 1));
  return { key: id.slice(id.lastIndexOf('.') + 1), id, children };
}

const all = (state: State): readonly State[] => [state, ...state.children.flatMap(child => all(child))];

/** A machine over the states: invokes, timers, histories, events to anywhere. The choices alone decide its structure. */
function machineOf(
  numbers: readonly number[],
  names: { readonly machine: string; readonly invoke: string },
): AnyStateMachine {
  const choose = chooser(numbers);
  const tree = statesOf(choose, names.machine, 0);
  const targets = all(tree).slice(1);
  const target = (): string => `#${targets[choose(targets.length)]?.id}`;
  const kid = setup({ actors: { work } }).createMachine({
    id: 'kid',
    initial: 'a',
    states: {
      a: { after: { 10: 'b' }, invoke: { id: 'inner', src: 'work', onDone: 'b' } as never },
      b: { on: { E0: 'c' } },
      c: { type: 'final' },
    },
  });
  let invokes = 0;
  const after = (): object =>
    [{ target: target() }, { target: target(), guard: () => false }, {}, { target: target(), reenter: true }][
      choose(4)
    ] ?? {};
  const toConfig = (state: State): object => {
    const own: Record<string, unknown> = {
      on: Object.fromEntries(EVENTS.filter(() => choose(3) > 0).map(type => [type, target()])),
    };
    if (choose(3) === 0) own['after'] = { [1 + choose(3)]: after() };
    if (choose(3) === 0) {
      const id = choose(4) === 0 ? undefined : `${names.invoke}${(invokes += 1)}`;
      own['invoke'] = {
        ...(id && { id }),
        src: choose(3) === 0 ? 'kid' : 'work',
        onDone: choose(2) === 0 ? target() : undefined,
      };
    }
    if (state.children.length === 0) return own;
    own['states'] = {
      ...Object.fromEntries(state.children.map(child => [child.key, toConfig(child)])),
      ...(choose(2) === 0 && { past: { type: 'history', history: choose(2) === 0 ? 'deep' : 'shallow' } }),
    };
    return choose(3) === 0 ? { ...own, type: 'parallel' } : { ...own, initial: state.children[0]?.key };
  };
  return setup({ actors: { work, kid: kid as never } }).createMachine({
    ...toConfig(tree),
    id: names.machine,
  } as never) as never;
}

/** One message the instance can get now. */
function advance(instance: Instance, choose: Choose): void {
  const { running } = instance;
  const pick = choose(3);
  if (pick === 0 && running.length > 0) instance.settle(running[choose(running.length)]!.path);
  else if (pick === 1 && instance.armed.length > 0) instance.fire(instance.armed[choose(instance.armed.length)]!);
  else instance.send(EVENTS[choose(EVENTS.length)]!);
}

const numbers = fc.array(fc.nat(1000), { minLength: 120, maxLength: 240 });

describe('a random machine', () => {
  it('fits each of its own instances', () => {
    let looked = 0;
    fc.assert(
      fc.property(numbers, numbers, (structure, way) => {
        const instance = Instance.start(machineOf(structure, { machine: 'm', invoke: 'i' }));
        const choose = chooser(way);
        for (let n = 0; n < STEPS && instance.status === 'active'; n++) {
          looked += 1;
          expect(found(instance)).toEqual([]);
          advance(instance, choose);
        }
      }),
      { numRuns: RUNS },
    );
    expect(looked).toBeGreaterThan(RUNS * 3);
  });

  it('takes on the instances of a machine with other names, and goes the same way', () => {
    const renames = migration(
      renameState('m', 'other'),
      ...Array.from({ length: 40 }, (_, n) => renameInvoke(`i${n}`, `j${n}`)),
    );
    fc.assert(
      fc.property(numbers, numbers, fc.nat(STEPS), (structure, way, until) => {
        const before = Instance.start(machineOf(structure, { machine: 'm', invoke: 'i' }));
        const machine = machineOf(structure, { machine: 'other', invoke: 'j' });
        const choose = chooser(way);
        for (let n = 0; n < until && before.status === 'active'; n++) advance(before, choose);
        if (before.status !== 'active') return;
        const loaded = tryMigrate(before, machine, renames);
        expect(loaded).toMatchObject({ ok: true, effects: [] });
        if (!loaded.ok) return;
        const after = Instance.loaded(machine, loaded);
        const [one, other] = [chooser(way), chooser(way)];
        for (let n = 0; n < STEPS && before.status === 'active'; n++) {
          advance(before, one);
          advance(after, other);
          expect(after.value).toEqual(before.value);
          expect(after.status).toBe(before.status);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
