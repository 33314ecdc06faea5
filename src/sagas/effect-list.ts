// Effects of one step in their order; those about timers know the actors they are for, because paths are used again.
import type { StepEffect } from './step-message.ts';

type Arm = Extract<StepEffect, { kind: 'arm' }>;
type Disarm = Extract<StepEffect, { kind: 'cancel' | 'cancelAll' }>;

interface Ends<Actor> {
  readonly source: Actor;
  readonly target: Actor;
}

export class EffectList<Actor extends object> {
  #all: StepEffect[] = [];
  readonly #ends = new Map<StepEffect, Ends<Actor>>();

  get all(): readonly StepEffect[] {
    return this.#all;
  }

  add(effect: StepEffect): void {
    this.#all.push(effect);
  }

  arm(effect: Arm, ends: Ends<Actor>): void {
    this.#ends.set(effect, ends);
    this.#all.push(effect);
  }

  /**
   * Takes back what an actor has armed. Its successor has the same path and may have armed before: that stays, behind
   * what is taken back.
   */
  disarm(actor: Actor, effect: Disarm): void {
    const isMeant = (other: StepEffect): boolean => other.kind === 'arm' && concerns(effect, other);
    this.#all = this.#all.filter(other => this.#ends.get(other)?.source !== actor || !isMeant(other));
    const successor = this.#all.findIndex(isMeant);
    this.#all.splice(successor < 0 ? this.#all.length : successor, 0, effect);
  }

  /** Leaves out timers for actors that are gone: they would reach whoever has their path next. */
  dropLost(isThere: (target: Actor) => boolean): void {
    if (this.#ends.size === 0) return;
    this.#all = this.#all.filter(effect => {
      const ends = this.#ends.get(effect);
      return !ends || isThere(ends.target);
    });
  }
}

function concerns(effect: Disarm, { source, target, id }: Arm): boolean {
  if (effect.kind === 'cancel') return source === effect.source && id === effect.id;
  return source === effect.source || target === effect.source;
}
