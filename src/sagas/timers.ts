// The timers of one instance: what is armed as data, and the runtime's timers behind it.
import { toFrozenJson } from '../runtime/message/json.ts';
import { timerOf, type Armed } from './record.ts';
import type { SagaDecision } from './saga-decision.ts';
import type { StepEffect } from './step-message.ts';

interface TimersHost {
  readonly wants: SagaDecision;
  now(): number;
  /** Numbers calls and timers of the instance. */
  number(): number;
}

export class SagaTimers {
  #armed: readonly Armed[];
  readonly #host: TimersHost;

  constructor(armed: readonly Armed[], host: TimersHost) {
    this.#armed = armed;
    this.#host = host;
  }

  get armed(): readonly Armed[] {
    return this.#armed;
  }

  arm({ source, target, id, delayMs, event }: Extract<StepEffect, { kind: 'arm' }>): void {
    const token = String(this.#host.number());
    const due = this.#host.now() + delayMs;
    const armed: Armed = Object.freeze({ token, source, target, id, due, event: toFrozenJson(event, 'delayed event') });
    this.#armed = [...this.#armed, armed];
    this.start(armed);
  }

  /** Makes the runtime's timer of an armed one. */
  start(armed: Armed): void {
    const delayMs = Math.max(0, armed.due - this.#host.now());
    this.#host.wants.arm(timerOf(armed), { delayMs }, { after: armed.token });
  }

  disarm(which: (armed: Armed) => boolean): void {
    const gone = this.#armed.filter(one => which(one));
    if (gone.length === 0) return;
    for (const one of gone) this.#host.wants.cancel(timerOf(one));
    this.#armed = this.#armed.filter(one => !gone.includes(one));
  }

  /** All of them go, and these come instead. */
  replace(armed: readonly Armed[]): void {
    this.disarm(() => true);
    this.#armed = armed;
    for (const one of armed) this.start(one);
  }

  /** One that fires; undefined where it was disarmed before. */
  fire(token: string): Armed | undefined {
    const armed = this.#armed.find(one => one.token === token);
    if (armed) this.#armed = this.#armed.filter(one => one !== armed);
    return armed;
  }
}
