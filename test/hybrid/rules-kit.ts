// The kit of rule tests: sagas in XState's own words, actors that work or only look, and the findings of one code.
import { createMachine } from 'xstate';
import { z } from 'zod';
import {
  check,
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  type Actor,
  type AnyCommand,
  type AnyEvent,
  type AppOptions,
  type CheckCode,
  type CheckFinding,
  type Saga,
} from '../../src/index.ts';

const about = { data: z.object({ id: z.string() }), key: ({ id }: { id: string }): string => id };
const ok = z.object({ ok: z.boolean() });

/** `event('order.placed')`, about one thing. */
export const event = (type: string): AnyEvent => defineEvent(type, about);
/** `ask('payment.charge')`, answered with `{ ok }`. */
export const ask = (type: string): AnyCommand => defineCommand(type, { ...about, reply: ok });

const Begun = event('flow.begun');
export const Heard = event('flow.heard');
export const Cancelled = event('flow.cancelled');

/** Owns commands and does nothing with them that would have to be undone. */
export function looks(name: string, ...commands: readonly AnyCommand[]): Actor {
  return commands.reduce<Actor>(
    (actor, one) => actor.on(one, () => ({ ok: true }) as never),
    defineActor(name) as unknown as Actor,
  );
}

/** Owns commands and counts what it has done for each. */
export function works(name: string, ...commands: readonly AnyCommand[]): Actor {
  const counter = defineActor(name, { state: () => ({ done: 0 }) });
  return commands.reduce<Actor>(
    (actor, one) =>
      actor.on(one, ctx => {
        (ctx as { state: { done: number } }).state.done += 1;
        return { ok: true } as never;
      }),
    counter as unknown as Actor,
  );
}

/** A step that is undone by another command. */
export const undone = (of: AnyCommand, by: AnyCommand, options: object = {}): unknown =>
  command(
    of as never,
    { compensate: { send: by, data: (_reply: unknown, data: unknown) => data }, ...options } as never,
  );

/** A saga in XState's own words, which starts on `Begun` and takes `Heard` and `Cancelled`. */
export function flow(
  states: object,
  { name = 'flow', actors = {}, more = {}, options = {}, delays = {}, actions = {}, guards = {} }: FlowOptions = {},
): Saga {
  const config = {
    id: name,
    initial: Object.keys(states)[0],
    context: ({ input }: { input: object }) => input,
    states,
  };
  const machine = createMachine({ ...config, ...more } as never).provide({ actors, delays, actions, guards } as never);
  return (defineSaga(name, { machine, ...options } as never) as unknown as Saga)
    .startsOn(Begun, data => data)
    .on(Heard)
    .on(Cancelled);
}

interface FlowOptions {
  readonly name?: string;
  readonly actors?: object;
  /** More of the config of the machine. */
  readonly more?: object;
  readonly options?: object;
  readonly delays?: object;
  readonly actions?: object;
  readonly guards?: object;
}

/** Invokes what `setup` names by the id. */
export const invoke = (id: string, onDone: unknown, onError: unknown = 'failed', more: object = {}): object => ({
  invoke: { id, src: id, input: ({ context }: { context: object }) => context, onDone, onError, ...more },
});

export const ends = { done: { type: 'final' }, failed: { type: 'final' } };
export const undoing = { done: { type: 'final' }, failed: { type: 'final', tags: 'compensate' } };

/** What `check` finds of one code, hints too. */
export function found(code: CheckCode, app: AppOptions): readonly CheckFinding[] {
  return check(defineApp(app), { hints: true }).findings.filter(finding => finding.code === code);
}

/** What each finding of a code is about, first. */
export const places = (code: CheckCode, app: AppOptions): readonly (string | undefined)[] =>
  found(code, app).map(({ about: [place] }) => place);
