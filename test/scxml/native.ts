// Plays a case on XState's own actor with its simulated clock.
import { createActor, SimulatedClock, type Actor, type AnyStateMachine, type StateValue } from 'xstate';
import { configurationOf, type MakeMachine, type Subject } from './subject.ts';

export class NativeSubject implements Subject {
  readonly #clock = new SimulatedClock();
  readonly #actor: Actor<AnyStateMachine>;
  #error: unknown;

  constructor(makeMachine: MakeMachine) {
    this.#actor = createActor(makeMachine(), { clock: this.#clock, logger: () => {} });
    this.#actor.subscribe({ error: error => (this.#error = error) });
    this.#actor.start();
    this.#check();
  }

  get isDone(): boolean {
    return this.#actor.getSnapshot().status === 'done';
  }

  get configuration(): readonly string[] {
    return configurationOf(this.#actor.getSnapshot().value as StateValue);
  }

  send(name: string): void {
    this.#actor.send({ type: name });
    this.#check();
  }

  advance(ms: number): void {
    // The clock fires what has fallen due after it moved: in small steps, nothing is late.
    for (let at = 0; at < ms && !this.isDone; at++) this.#clock.increment(1);
    this.#check();
  }

  #check(): void {
    if (this.#error !== undefined) throw new Error('The machine has failed.', { cause: this.#error });
  }
}
