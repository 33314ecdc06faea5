// Plays a case on the durable step: every message finds nothing but JSON text, and a machine made anew.
import type { EventObject, StateValue } from 'xstate';
import type { Json } from '../../src/runtime/message/json.ts';
import type { Path } from '../../src/sagas/path.ts';
import type { StepEffect, StepMessage, Stepped } from '../../src/sagas/step-message.ts';
import { step } from '../../src/sagas/step.ts';
import { configurationOf, type MakeMachine, type Subject } from './subject.ts';

interface Armed {
  readonly source: Path;
  readonly target: Path;
  readonly id: string;
  readonly due: number;
  readonly event: EventObject;
}

/** All that is stored between two messages. */
interface Stored {
  readonly seq: number;
  readonly status: Stepped['status'];
  readonly snapshot: Json;
  readonly armed: readonly Armed[];
}

export class DurableSubject implements Subject {
  readonly #makeMachine: MakeMachine;
  #now = 0;
  #text = JSON.stringify({ seq: 0, status: 'active', snapshot: null, armed: [] } satisfies Stored);

  constructor(makeMachine: MakeMachine) {
    this.#makeMachine = makeMachine;
    this.#handle({ kind: 'init', input: undefined });
  }

  get isDone(): boolean {
    return this.#stored.status === 'done';
  }

  get configuration(): readonly string[] {
    const { value } = this.#stored.snapshot as unknown as { readonly value: StateValue };
    return configurationOf(value);
  }

  send(name: string): void {
    this.#handle({ kind: 'event', event: { type: name } });
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = next.due;
      this.#handle({ kind: 'event', event: next.event, path: next.target }, next);
    }
    this.#now = until;
  }

  get #stored(): Stored {
    return JSON.parse(this.#text) as Stored;
  }

  /** The timer that falls due first; of several, the one armed first. */
  #next(until: number): Armed | undefined {
    return this.#stored.armed.filter(({ due }) => due <= until).toSorted((a, b) => a.due - b.due)[0];
  }

  #handle(message: StepMessage, fired?: Armed): void {
    const { seq, status, snapshot, armed } = this.#stored;
    if (status !== 'active') return;
    const stepped = step(this.#makeMachine(), { snapshot, seq }, message);
    if (stepped.status === 'error') throw new Error('The machine has failed.', { cause: stepped.error });
    const left = fired === undefined ? armed : without(armed, fired);
    const after: Stored = {
      seq: seq + 1,
      status: stepped.status,
      snapshot: stepped.snapshot,
      armed: stepped.effects.reduce((timers, effect) => this.#apply(timers, effect), left),
    };
    if (after.status === 'done' && after.armed.length > 0) throw new Error('The machine is done and has left a timer.');
    this.#text = JSON.stringify(after);
  }

  #apply(armed: readonly Armed[], effect: StepEffect): readonly Armed[] {
    switch (effect.kind) {
      case 'arm': {
        const { source, target, id, delayMs, event } = effect;
        return [...armed, { source, target, id, due: this.#now + delayMs, event }];
      }
      case 'cancel':
        return armed.filter(({ source, id }) => source !== effect.source || id !== effect.id);
      case 'cancelAll':
        return armed.filter(({ source }) => source !== effect.source);
      case 'begin':
      case 'log':
        return armed;
      default:
        throw new Error(`A converted document has no use for the effect ${effect.kind}.`);
    }
  }
}

function without(armed: readonly Armed[], fired: Armed): readonly Armed[] {
  const text = JSON.stringify(fired);
  const index = armed.findIndex(one => JSON.stringify(one) === text);
  return armed.toSpliced(index, 1);
}
