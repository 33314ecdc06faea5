// The kit of the tests of check: the shortest contracts, and sagas that do one thing after another.
import { setup, type AnyStateMachine } from 'xstate';
import { z } from 'zod';
import {
  check,
  command,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  type AnyCommand,
  type AnyEvent,
  type AppOptions,
  type CheckFinding,
  type CheckOptions,
  type Compensation,
  type Saga,
} from '../../src/index.ts';

const order = { data: z.object({ id: z.string() }), key: (data: { readonly id: string }): string => data.id };

export interface Order {
  readonly id: string;
}

export function eventOf<const Type extends string>(type: Type) {
  return defineEvent(type, order);
}

export function commandOf<const Type extends string>(type: Type) {
  return defineCommand(type, order);
}

/** How a command is taken back. */
export function undoneBy(send: ReturnType<typeof commandOf<string>>): Compensation<Order, unknown, Order, Order> {
  return { send, data: (_reply, data) => data };
}

/** A machine that commands, and waits for events, in turn. */
export function inTurn(...steps: readonly (AnyCommand | AnyEvent)[]): AnyStateMachine {
  const commands = steps.filter(step => step.kind === 'command');
  const states = steps.map((step, at) => {
    const next = at + 1 < steps.length ? `s${at + 1}` : 'done';
    const state =
      step.kind === 'event'
        ? { on: { [step.type]: next }, after: { patience: 'done' } }
        : { invoke: { id: step.type, src: step.type, input: whole, onDone: next, onError: 'done' } };
    return [`s${at}`, state];
  });
  return setup({
    types: {} as { input: Order; context: Order },
    actors: Object.fromEntries(commands.map(one => [one.type, command(one as never)])),
    delays: { patience: 1000 },
  }).createMachine({
    id: 'turns',
    context: ({ input }: { readonly input: Order }) => input,
    initial: 's0',
    states: { ...Object.fromEntries(states), done: { type: 'final' } },
  } as never) as unknown as AnyStateMachine;
}

const whole = ({ context }: { readonly context: unknown }): unknown => context;

/** A saga that starts on an event and goes through its steps. */
export function turnsOf(
  name: string,
  [start, ...steps]: readonly [AnyEvent, ...(AnyCommand | AnyEvent)[]],
  options: Partial<Parameters<typeof defineSaga>[1]> = {},
): Saga {
  const saga = defineSaga(name, { machine: inTurn(...steps), ...options } as never) as unknown as Saga;
  const heard = steps.filter(step => step.kind === 'event');
  return heard.reduce(
    (one, event) => one.on(event as never),
    saga.startsOn(start as never, data => data as never),
  );
}

/** What check finds in an app. */
export function findingsIn(options: AppOptions, how?: CheckOptions): readonly CheckFinding[] {
  return check(defineApp(options), how).findings;
}

/** The codes of what is found, with the level where it is not the one of the rule. */
export function codesIn(options: AppOptions, how?: CheckOptions): readonly string[] {
  return findingsIn(options, how).map(({ code }) => code);
}
