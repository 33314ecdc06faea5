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

  it('refuse nothing', () => {
    expect(lint(stateOf({ after: { 1000: 'b' } }), { name: 'saga' })).toEqual([]);
  });
});
