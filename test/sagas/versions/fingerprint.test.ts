// The fingerprint changes with what stored instances hold on to, and with nothing else.
import { assign, createMachine, setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../src/sagas/fingerprint.ts';
import { work } from './kit.ts';

interface Traits {
  readonly state?: string;
  readonly kind?: 'parallel' | 'compound';
  readonly history?: 'shallow' | 'deep';
  readonly invoke?: { readonly id: string; readonly src: string };
  readonly delay?: string | number;
  readonly nested?: AnyStateMachine;
}

function machineOf(traits: Traits = {}): AnyStateMachine {
  const { state = 'a', kind = 'compound', history = 'shallow', invoke = { id: 'one', src: 'work' } } = traits;
  return setup({
    actors: { work, other: work, nested: (traits.nested ?? createMachine({ id: 'nested' })) as never },
    delays: { long: 1, longer: 2 },
  }).createMachine({
    id: 'm',
    initial: 'x',
    states: {
      x: {
        ...(kind === 'parallel' ? { type: 'parallel' as const } : { initial: state }),
        invoke: invoke as never,
        after: { [traits.delay ?? 'long']: 'y' } as never,
        states: { [state]: {}, b: {}, past: { type: 'history', history } },
      },
      y: {},
    },
  }) as unknown as AnyStateMachine;
}

describe('the fingerprint of a machine', () => {
  it('is sixteen hex digits, the same for the same structure', () => {
    expect(fingerprint(machineOf())).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint(machineOf())).toBe(fingerprint(machineOf()));
  });

  it('stays what it is: stored instances carry it', () => {
    expect(fingerprint(machineOf())).toBe('bc25bb1d9059b663');
  });

  it.each<[string, Traits]>([
    ['the name of a state', { state: 'renamed' }],
    ['the kind of a state', { kind: 'parallel' }],
    ['the depth of a history', { history: 'deep' }],
    ['the id of an invoke', { invoke: { id: 'two', src: 'work' } }],
    ['the source of an invoke', { invoke: { id: 'one', src: 'other' } }],
    ['the name of a delay', { delay: 'longer' }],
    ['a delay in milliseconds', { delay: 1000 }],
    ['a nested machine', { nested: createMachine({ id: 'nested', initial: 'a', states: { a: {} } }) }],
  ])('changes with %s', (_what, traits) => {
    expect(fingerprint(machineOf(traits))).not.toBe(fingerprint(machineOf()));
  });

  it('does not change with guards, actions, events, targets, contexts and delays behind a name', () => {
    const plain = setup({ delays: { long: 1 } }).createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' }, after: { long: 'b' } }, b: {} },
    });
    const rich = setup({
      delays: { long: 5 },
      guards: { ready: () => true },
      actions: { note: () => {} },
    }).createMachine({
      id: 'm',
      context: { n: 1 },
      initial: 'a',
      states: {
        a: {
          entry: assign({ n: 2 }),
          on: { GO: { target: 'b', guard: 'ready' }, STAY: { actions: 'note' } },
          after: { long: { target: 'a', reenter: true } },
        },
        b: { tags: 'late' },
      },
    });

    expect(fingerprint(rich as never)).toBe(fingerprint(plain as never));
  });

  it('does not depend on the order of keys', () => {
    const one = createMachine({ id: 'm', initial: 'a', states: { a: { after: { 1: 'b', 2: 'b' } }, b: {} } });
    const other = createMachine({ id: 'm', initial: 'b', states: { b: {}, a: { after: { 2: 'b', 1: 'b' } } } });

    expect(fingerprint(one)).toBe(fingerprint(other));
  });

  it('ends with a machine that contains itself', () => {
    const machine = createMachine({ id: 'm' });
    (machine.implementations.actors as Record<string, unknown>)['again'] = machine;

    expect(fingerprint(machine)).toMatch(/^[0-9a-f]{16}$/);
  });
});
