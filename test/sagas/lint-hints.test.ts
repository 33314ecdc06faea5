// Hints: what runs and may surprise later is shown to who asks, and refuses nothing.
import { enqueueActions, spawnChild, stopChild, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { hints, lint } from '../../src/sagas/lint.ts';
import { invoke, machineOf, stateOf, work } from './lint-kit.ts';

const noop = (): void => {};
const inner = machineOf({ id: 'inner' });

describe('hints()', () => {
  const found = (machine: AnyStateMachine): readonly string[] =>
    hints(machine).map(({ code, path }) => `${code} ${path}`);

  it('shows a literal delay (trap 6)', () => {
    expect(found(stateOf({ after: { 1000: 'b' } }))).toEqual(['literal-delay m.a -> after 1000']);
    expect(found(stateOf({ after: { late: 'b' } }, { delays: { late: 1_000 } }))).toEqual([]);
  });

  it('shows an invoke without an id (trap 19)', () => {
    expect(found(stateOf(invoke({ src: 'p' }), { actors: { p: work } }))).toEqual(['auto-invoke-id m.a -> invoke p']);
    expect(found(stateOf(invoke({ id: 'p', src: 'p' }), { actors: { p: work } }))).toEqual([]);
  });

  it('shows a failure that is only taken under a guard (trap 24)', () => {
    const guarded = { guard: () => true, target: 'b' };
    const machine = (onError: unknown): AnyStateMachine =>
      stateOf(invoke({ id: 'p', src: 'p', onError }), { actors: { p: work } });

    expect(found(machine(guarded))).toEqual(['guarded-on-error m.a -> invoke p']);
    expect(found(machine([guarded, { target: 'b' }]))).toEqual([]);
  });

  it('shows a spawned child that nothing stops (trap 30)', () => {
    const machine = (exit: unknown): AnyStateMachine =>
      stateOf({ entry: spawnChild('c', { id: 'c' }), exit }, { actors: { c: inner } });

    expect(found(machine(undefined))).toEqual(['child-not-stopped m.a -> entry -> spawnChild c']);
    expect(found(machine(stopChild('other')))).toEqual(['child-not-stopped m.a -> entry -> spawnChild c']);
    expect(found(machine(stopChild('c')))).toEqual([]);
    expect(found(machine(stopChild(() => 'c' as never)))).toEqual([]);
    expect(found(machine(enqueueActions(noop)))).toEqual([]);
  });

  it('shows a state that nothing enters', () => {
    const island = { initial: 'x', states: { x: { on: { end: '#m.b' } } } };

    expect(found(machineOf({ states: { a: { on: { end: 'b' } }, b: { type: 'final' }, island } }))).toEqual([
      'state-unreachable m.island',
    ]);
    expect(
      found(machineOf({ states: { a: { on: { end: 'b', go: 'island' } }, b: { type: 'final' }, island } })),
    ).toEqual([]);
  });

  it('shows a first state that only other ways lead past', () => {
    const region = (first: string, id: string): object => ({
      initial: first,
      states: { [first]: {}, in: { id, on: { more: 'on' } }, on: { on: { end: '#m.b' } } },
    });
    const states = { l: region('l1', 'l2'), r: region('r1', 'r2') };
    const a = { on: { go: { target: ['#l2', '#r2'] } } };

    expect(found(machineOf({ states: { a, both: { type: 'parallel', states }, b: { type: 'final' } } }))).toEqual([
      'state-unreachable m.both.l.l1',
      'state-unreachable m.both.r.r1',
    ]);
  });

  it('takes a history state for a way into its parent', () => {
    const group = (target?: string): object => ({
      initial: 'x',
      states: { x: { on: { end: '#m.b' } }, y: { on: { end: '#m.b' } }, last: { type: 'history', target } },
    });
    const machine = (target?: string): AnyStateMachine =>
      machineOf({ states: { a: { on: { go: 'group.last' } }, group: group(target), b: { type: 'final' } } });

    expect(found(machine())).toEqual(['state-unreachable m.group.y']);
    expect(found(machine('y'))).toEqual(['state-unreachable m.group.x']);
    expect(found(machine('#m.group.y'))).toEqual(['state-unreachable m.group.x']);
  });

  it('refuse nothing', () => {
    expect(lint(stateOf({ after: { 1000: 'b' } }), { name: 'saga' })).toEqual([]);
  });
});
