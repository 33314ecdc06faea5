// The kit of version tests: one saga instance without a runtime, stepped and stored the way the saga layer does it.
import type { AnyStateMachine, EventObject } from 'xstate';
import { command } from '../../../src/index.ts';
import type { Json } from '../../../src/runtime/message/json.ts';
import { compat, type Incompatibility } from '../../../src/sagas/compat.ts';
import { fingerprint } from '../../../src/sagas/fingerprint.ts';
import { lift, type Held, type Loaded } from '../../../src/sagas/load.ts';
import type { Migration } from '../../../src/sagas/migrations.ts';
import { ROOT } from '../../../src/sagas/path.ts';
import { NEW, type Armed, type Call, type SagaRecord } from '../../../src/sagas/record.ts';
import { step } from '../../../src/sagas/step.ts';
import type { StepEffect, StepMessage } from '../../../src/sagas/step-message.ts';
import { commandOf } from '../../support/kernel-kit.ts';

/** Durable logic whose input is anything. */
export const work = command(commandOf('work.do')) as never;

/** An instance as it would be stored after each message. */
export class Instance {
  readonly machine: AnyStateMachine;
  status = 'active';
  #record: SagaRecord;

  private constructor(machine: AnyStateMachine, record: SagaRecord) {
    this.machine = machine;
    this.#record = { ...record, print: fingerprint(machine) };
  }

  static start(machine: AnyStateMachine, input?: unknown): Instance {
    return new Instance(machine, NEW).#step({ kind: 'init', input });
  }

  /** An instance that another machine wrote, as `lift` gave it back. */
  static loaded(machine: AnyStateMachine, { record, effects }: Loaded): Instance {
    return new Instance(machine, record).#take(effects);
  }

  send(event: EventObject | string, path: string = ROOT): this {
    return this.#step({ kind: 'event', event: typeof event === 'string' ? { type: event } : event, path });
  }

  /** What runs and is waited for. */
  get running(): readonly Call[] {
    return this.calls.filter(({ status, abandoned }) => status === 'sent' && !abandoned);
  }

  /** Ends the step of the actor at a path. */
  settle(path: string, output: unknown = null): this {
    const call = this.running.find(one => one.path === path);
    if (!call) throw new Error(`Nothing runs at ${path}`);
    this.#change({ calls: this.calls.map(one => (one === call ? { ...one, status: 'done' } : one)) });
    return this.#step({ kind: 'settle', path, token: call.spawn, end: { ok: true, output } });
  }

  fire(which: string | Armed): this {
    const timer = this.armed.find(one => one === which || one.id === which);
    if (!timer) throw new Error(`No timer ${JSON.stringify(which)} is armed`);
    this.#change({ armed: this.armed.filter(one => one !== timer) });
    return this.send(timer.event as unknown as EventObject, timer.target);
  }

  get armed(): readonly Armed[] {
    return this.#record.armed;
  }

  get calls(): readonly Call[] {
    return this.#record.calls;
  }

  get value(): unknown {
    return (this.#record.snapshot as { value: unknown }).value;
  }

  get context(): unknown {
    return (this.#record.snapshot as { context: unknown }).context;
  }

  /** The record as it comes back from the database. */
  stored(): SagaRecord {
    return { ...this.#record, snapshot: JSON.parse(JSON.stringify(this.#record.snapshot)) as Json };
  }

  #step(message: StepMessage): this {
    const { snapshot, effects, status } = step(this.machine, this.#record, message);
    this.status = status;
    this.#change({ snapshot, seq: this.#record.seq + 1 });
    return this.#take(effects);
  }

  #take(effects: readonly StepEffect[]): this {
    for (const effect of effects) this.#takeOne(effect);
    return this;
  }

  #takeOne(effect: StepEffect): void {
    const { armed, calls } = this.#record;
    const last = this.#record.last + 1;
    if (effect.kind === 'start') {
      const { path, src, token: spawn } = effect;
      const of = { n: last, undoes: null, path, src, spawn, type: 'work.do', data: null, attempt: 1 };
      this.#change({ last, calls: [...calls, { ...of, status: 'sent', abandoned: false, reply: null }] });
    } else if (effect.kind === 'stop') {
      this.#change({ calls: calls.map(call => (call.spawn === effect.token ? { ...call, abandoned: true } : call)) });
    } else if (effect.kind === 'arm') {
      const { source, target, id, delayMs, event } = effect;
      const timer = { token: String(last), source, target, id, due: delayMs, event: event as unknown as Json };
      this.#change({ last, armed: [...armed, timer] });
    } else if (effect.kind === 'cancel') {
      this.#change({ armed: armed.filter(({ source, id }) => source !== effect.source || id !== effect.id) });
    } else if (effect.kind === 'cancelAll') {
      this.#change({ armed: armed.filter(({ source }) => source !== effect.source) });
    }
  }

  #change(change: Partial<SagaRecord>): void {
    this.#record = { ...this.#record, ...change };
  }
}

/** What stands between an instance of one machine and another machine. */
export function found(instance: Instance, machine: AnyStateMachine = instance.machine): readonly Incompatibility[] {
  const { snapshot, armed } = instance.stored();
  return compat(machine, snapshot, armed);
}

export const codes = (reasons: readonly { readonly code: string }[]): readonly string[] =>
  reasons.map(({ code }) => code);

/** The codes of what holds an instance; none where it is loaded. */
export const heldBy = (lifted: Loaded | Held): readonly string[] => (lifted.ok ? [] : codes(lifted.reasons));

/** Loads an instance of version 1 into a machine of version 2 through one migration. */
export function migrate(instance: Instance, machine: AnyStateMachine, change: Migration): Instance {
  const loaded = tryMigrate(instance, machine, change);
  if (!loaded.ok) throw new Error(`held: ${JSON.stringify(loaded.reasons)}`);
  return Instance.loaded(machine, loaded);
}

export function tryMigrate(instance: Instance, machine: AnyStateMachine, change: Migration): Loaded | Held {
  return lift({ machine, version: 2, migrate: { 1: change } }, instance.stored(), 1);
}
