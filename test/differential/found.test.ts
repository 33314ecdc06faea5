// What random machines have found, each as the smallest machine that shows it.
import {
  assign,
  createMachine,
  emit,
  forwardTo,
  fromTransition,
  sendParent,
  sendTo,
  spawnChild,
  stopChild,
  type AnyStateMachine,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent, defineSaga } from '../../src/index.ts';
import type { Json } from '../../src/runtime/message/json.ts';
import { makeLeaf } from '../../src/sagas/leaf.ts';
import type { StepEffect, StepMessage, Stepped } from '../../src/sagas/step-message.ts';
import { step } from '../../src/sagas/step.ts';
import { launch } from '../support/kernel-kit.ts';

/** A machine after its first step, and how to go on. */
function setup(config: object, actors: object = {}) {
  const machine = createMachine(config as never, { actors } as never) as AnyStateMachine;
  let seq = 0;
  const next = (from: Stepped, message: StepMessage): Stepped =>
    step(machine, { snapshot: from.snapshot, seq: (seq += 1) }, message);
  const send = (from: Stepped, type: string): Stepped => next(from, { kind: 'event', event: { type } });
  const fire = (from: Stepped): Stepped => {
    const [timer] = of(from, 'arm');
    return next(from, { kind: 'event', path: timer!.target, event: timer!.event });
  };
  return { first: step(machine, { snapshot: null, seq }, { kind: 'init', input: undefined }), next, send, fire };
}

const told = (type: string): unknown => emit({ type } as never);
const invoke = { id: 'kid', src: 'kid' };
const fromText = (from: Stepped): Stepped => ({
  ...from,
  snapshot: JSON.parse(JSON.stringify(from.snapshot)) as Json,
});

function of<Kind extends StepEffect['kind']>({ effects }: Stepped, kind: Kind): Extract<StepEffect, { kind: Kind }>[] {
  return effects.filter((effect): effect is Extract<StepEffect, { kind: Kind }> => effect.kind === kind);
}

const emitted = (stepped: Stepped): string[] => of(stepped, 'emit').map(({ path, event }) => `${path} ${event.type}`);

/** Which timers are armed when the effects of a step were carried out. */
function armedAfter({ effects }: Stepped): string[] {
  let armed: Extract<StepEffect, { kind: 'arm' }>[] = [];
  for (const effect of effects) {
    if (effect.kind === 'arm') armed.push(effect);
    if (effect.kind === 'cancel') armed = armed.filter(one => one.source !== effect.source || one.id !== effect.id);
    if (effect.kind === 'cancelAll') armed = armed.filter(one => ![one.source, one.target].includes(effect.source));
  }
  return armed.map(({ source, target }) => `${source} > ${target}`);
}

describe('the step, like a live actor', () => {
  it('starts children before the initial actions of the root', () => {
    const kid = createMachine({ entry: told('kid') as never });
    const { first } = setup({ entry: told('root'), invoke }, { kid });

    expect(emitted(first)).toEqual(['/kid kid', ' root']);
  });

  it('lets an idle root handle what a child sends before the child goes on', () => {
    const kid = createMachine({ after: { 10: { actions: [sendParent({ type: 'rung' }), told('kid') as never] } } });
    const { first, fire } = setup({ invoke, on: { rung: { actions: told('root') } } }, { kid });

    expect(emitted(fire(first))).toEqual([' root', '/kid kid']);
  });

  it('arms nothing for a child that is gone when the step ends', () => {
    const kid = fromTransition(() => 0, 0);
    const exit = sendTo('kid', { type: 'late' }, { delay: 10 });
    const { first, send } = setup(
      { initial: 'a', states: { a: { invoke, exit, on: { again: { target: 'a', reenter: true } } } } },
      { kid },
    );

    expect(armedAfter(send(first, 'again'))).toEqual([]);
  });

  it('keeps the timers of a child when the one before it, of the same id, is stopped later', () => {
    const kid = createMachine({ after: { 10: {} } });
    const start = assign(({ spawn }: { spawn: (src: never, options: never) => unknown }) => {
      spawn('kid' as never, { id: 'kid' } as never);
      return {};
    });
    const entry = [stopChild('kid'), start];
    const { first } = setup(
      { context: {}, initial: 'a', states: { a: { entry, always: 'b' }, b: { entry } } },
      { kid },
    );

    expect(armedAfter(first)).toEqual(['/kid > /kid']);
  });

  it('keeps what a child that takes no transition tells the machine around it', () => {
    const kid = createMachine({ after: { 10: { guard: () => false } } });
    const count = assign({ seen: ({ context }: { context: { seen: number } }) => context.seen + 1 } as never);
    const { first, fire } = setup(
      { context: { seen: 0 }, invoke: { ...invoke, onSnapshot: { actions: count } } },
      { kid },
    );

    expect(fire(first)).toMatchObject({ handled: true, snapshot: { context: { seen: 2 } } });
  });

  it('keeps the failure of a child that throws before it takes a transition', () => {
    const guard = (): never => {
      throw new Error('boom');
    };
    const { first, fire } = setup({ invoke }, { kid: createMachine({ after: { 10: { guard } } }) });

    expect(fire(first)).toMatchObject({ handled: true, status: 'error', snapshot: { status: 'error' } });
  });
});

describe('the step, where no live actor can be asked', () => {
  it('takes eventless transitions of two regions in the same order from memory and from text', () => {
    interface Args {
      readonly context: { readonly order: string };
      readonly event: { readonly type: string };
    }
    const add = (letter: string): unknown => ({
      guard: ({ context, event }: Args) => event.type === 'go' && !context.order.includes(letter),
      actions: assign({ order: ({ context }: Args) => context.order + letter } as never),
    });
    const deep = { initial: 'x', states: { x: { always: add('1') } } };
    const { first, send } = setup({
      context: { order: '' },
      type: 'parallel',
      states: { deep, flat: { always: add('2') } },
    });

    const orders = [fromText(first), first].map(from => send(from, 'go').snapshot);

    expect(orders).toMatchObject([{ context: { order: '12' } }, { context: { order: '12' } }]);
  });

  it('stops the children of a nested machine that throws', () => {
    const throws = assign(() => {
      throw new Error('boom');
    });
    const clock = createMachine({ after: { 10: {} } });
    const kid = createMachine(
      {
        invoke: [
          { id: 'work', src: 'work' },
          { id: 'clock', src: 'clock' },
        ],
        on: { go: { actions: throws } },
      },
      { actors: { work: makeLeaf(undefined), clock } } as never,
    );
    const { first, send } = setup(
      { invoke: { ...invoke, onError: {} }, on: { go: { actions: forwardTo('kid') } } },
      { kid },
    );

    const thrown = send(first, 'go');

    expect(of(thrown, 'stop').map(({ path }) => path)).toEqual(['/kid/work']);
    expect(of(thrown, 'cancelAll').map(({ source }) => source)).toContain('/kid/clock');
  });

  it('compensates for a nested machine that ends, not for one that forwards the end of its child', () => {
    const work = createMachine({ initial: 'over', states: { over: { type: 'final' } } });
    const other = createMachine({});
    const kid = createMachine(
      {
        invoke: [
          { id: 'other', src: 'other' },
          { id: 'kid', src: 'work', onDone: { actions: forwardTo('other') } },
        ],
      },
      { actors: { work, other } } as never,
    );
    const { first } = setup({ invoke }, { kid });

    expect(of(first, 'compensate')).toEqual([]);
  });
});

describe('a saga', () => {
  it('lets no delayed event for a child that was stopped reach its successor', async () => {
    const keyed = { data: z.object({ id: z.string() }), key: (data: { id: string }): string => data.id };
    const Begun = defineEvent('found.begun', keyed);
    const Again = defineEvent('found.again', keyed);
    const kid = createMachine({
      initial: 'early',
      states: { early: { on: { late: 'late' } }, late: { type: 'final' } },
    });
    const later = sendTo('kid', { type: 'late' }, { delay: 10, id: 'once' });
    const machine = createMachine(
      {
        id: 'flow',
        context: { started: 0 },
        initial: 'a',
        entry: later,
        invoke: { ...invoke, onDone: '.b' },
        states: { a: {}, b: {} },
        on: { 'found.again': { actions: [stopChild('kid'), spawnChild('kid' as never, { id: 'kid' } as never)] } },
      } as never,
      { actors: { kid } } as never,
    );
    const flow = defineSaga('flow', { machine } as never)
      .startsOn(Begun, () => ({}) as never)
      .on(Again as never);
    const { runtime, run, platform } = await launch({ sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Begun, { id: '2' }));
    await run(runtime.publish(Again, { id: '1' }));

    await platform.advance(10);

    expect(runtime.sagas.get(flow, '1')?.state).toBe('a');
    expect(runtime.sagas.get(flow, '2')?.state).toBe('b');
  });
});
