// The kit of trap tests: machines stepped over JSON and in memory at once, and a worker that answers when a test says so.
import { createMachine, type AnyStateMachine, type EventObject } from 'xstate';
import { expect } from 'vitest';
import { z } from 'zod';
import { command, defineActor, defineCommand, defineEvent, defineSaga, type Saga } from '../../src/index.ts';
import { ROOT } from '../../src/sagas/path.ts';
import { step } from '../../src/sagas/step.ts';
import type { StepEffect, StepMessage, Stepped } from '../../src/sagas/step-message.ts';
import type { ChildEnd } from '../../src/sagas/leaf.ts';
import type { StoredSnapshot } from '../../src/sagas/stored-snapshot.ts';
import { fromJsonText, type Json } from '../../src/runtime/message/json.ts';
import type { Launched } from '../support/kernel-kit.ts';

const data = z.object({ id: z.string(), what: z.string().default('') });
const about = { data, key: ({ id }: { id: string }): string => id };

export const Begun = defineEvent('job.begun', about);
export const Poked = defineEvent('job.poked', about);
export const Nudged = defineEvent('job.nudged', about);
export const Do = defineCommand('work.do', { ...about, reply: z.object({ ok: z.boolean() }) });
export const Undo = defineCommand('work.undo', about);
/** Answers a piece of work that was held up. */
const Answer = defineCommand('work.answer', { ...about, data: data.extend({ ok: z.boolean() }) });

export interface Implementations {
  readonly actions?: object;
  readonly actors?: object;
  readonly delays?: object;
  readonly guards?: object;
}

/** A machine named `m`, in XState's own words. */
export function machineOf(config: object, implementations: Implementations = {}): AnyStateMachine {
  return createMachine({ id: 'm', ...config } as never).provide(implementations as never);
}

/** A saga over a machine that nothing starts but another saga. */
export function childOf(name: string, machine: AnyStateMachine, options: object = {}): Saga {
  return defineSaga(name, { machine, ...options } as never) as unknown as Saga;
}

/** A saga over a machine whose input is the event that begins it. */
export function sagaOf(machine: AnyStateMachine, options: object = {}, name = 'flow'): Saga {
  return childOf(name, machine, options)
    .startsOn(Begun, event => event)
    .on(Poked)
    .on(Nudged);
}

/** A command with the given name as its work, undone by its undo. */
export const work = (options: object = {}): unknown =>
  command(Do, { doneIf: reply => reply.ok, compensate: { send: Undo, data: (_, done) => done }, ...options });

/** Invokes `work` under an id that is also what it does. */
export const doing = (what: string, more: object = {}): object => ({
  id: what,
  src: 'work',
  input: ({ context }: { context: { id: string } }) => ({ id: context.id, what }),
  ...more,
});

export const ownContext = { context: ({ input }: { input: object }): object => input };

/**
 * Does and undoes what it is asked, and remembers the order. By its first word a piece of work is refused (`bad`), held
 * up (`slow`), never done (`broken`), undone at the second attempt only (`sticky`) or never (`wedged`).
 */
export function makeWorker() {
  const log: string[] = [];
  const state = (): { tickets: Record<string, string> } => ({ tickets: {} });
  const worker = defineActor('worker', { state, retry: { attempts: 1 } })
    .on(Do, (ctx, { what }) => {
      log.push(`do ${what}`);
      if (what.startsWith('broken')) throw new Error('broken');
      if (!what.startsWith('slow')) return { ok: !what.startsWith('bad') };
      ctx.state.tickets[what] = ctx.replyTicket;
      return ctx.deferReply();
    })
    .on(Answer, (ctx, { what, ok }) => ctx.reply(Do, ctx.state.tickets[what] ?? '', { ok }))
    .on(Undo, (_ctx, { what }) => {
      const isStuck = what.startsWith('wedged') || (what.startsWith('sticky') && !log.includes(`try ${what}`));
      log.push(isStuck ? `try ${what}` : `undo ${what}`);
      if (isStuck) throw new Error('stuck');
    });
  const answer = ({ runtime, run }: Launched, id: string, what: string, ok = true): Promise<unknown> =>
    run(runtime.send(Answer, { id, what, ok }));
  return { worker, log, answer };
}

/** What a machine does with messages. Each is handled by the tree in memory and by one restored from JSON: both agree. */
export class Play {
  readonly #machine: AnyStateMachine;
  #seq = 0;
  #hot: Json = null;
  last: Stepped;

  constructor(machine: AnyStateMachine, input: unknown = {}) {
    this.#machine = machine;
    this.last = this.#step({ kind: 'init', input });
  }

  get snapshot(): StoredSnapshot {
    return this.last.snapshot as unknown as StoredSnapshot;
  }

  get value(): Json {
    return this.snapshot.value;
  }

  get context(): Json {
    return this.snapshot.context;
  }

  /** The effects of the last message of one kind. */
  effects<Kind extends StepEffect['kind']>(kind: Kind): Extract<StepEffect, { kind: Kind }>[] {
    return this.last.effects.filter(effect => effect.kind === kind) as Extract<StepEffect, { kind: Kind }>[];
  }

  send(event: string | EventObject, path = ROOT): Stepped {
    return this.#step({ kind: 'event', event: typeof event === 'string' ? { type: event } : event, path });
  }

  settle({ path, token }: { readonly path: string; readonly token: string }, end: ChildEnd): Stepped {
    return this.#step({ kind: 'settle', path, token, end });
  }

  #step(message: StepMessage): Stepped {
    this.#seq += 1;
    const seq = this.#seq;
    const cold = fromJsonText(JSON.stringify(this.#hot));
    const restored = attempt(() => step(this.#machine, { snapshot: cold, seq }, message));
    const stepped = attempt(() => step(this.#machine, { snapshot: this.#hot, seq }, message));
    if (stepped instanceof Error) {
      expect(restored).toEqual(stepped);
      throw stepped;
    }
    if (restored instanceof Error) throw restored;
    expect(stepped.snapshot, 'in memory and restored').toEqual(restored.snapshot);
    expect(effectsOf(stepped), 'in memory and restored').toEqual(effectsOf(restored));
    this.#hot = stepped.snapshot;
    return (this.last = stepped);
  }
}

const effectsOf = ({ effects }: Stepped): unknown => JSON.parse(JSON.stringify(effects));

function attempt(run: () => Stepped): Stepped | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}
