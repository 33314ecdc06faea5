// Program: a saga definition with its look-ups, made once per runtime.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract, AnyEvent } from '../runtime/message/contract.ts';
import type { Json } from '../runtime/message/json.ts';
import { leafOf, type CommandDefinition } from './leaf.ts';
import type { Saga, SagaOptions } from './saga.ts';
import { view } from './step.ts';

export class Program {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly options: SagaOptions<AnyStateMachine, readonly AnyEvent[]>;
  readonly #published: ReadonlyMap<string, AnyEvent>;

  constructor(saga: Saga) {
    this.name = saga.name;
    this.options = saga.options;
    this.machine = saga.options.machine;
    this.#published = new Map((saga.options.publishes ?? []).map(contract => [contract.type, contract]));
  }

  published(type: string): AnyEvent | undefined {
    return this.#published.get(type);
  }

  leaf(src: string): CommandDefinition {
    const leaf = leafOf(this.machine.implementations.actors[src]);
    if (leaf?.kind === 'command') return leaf;
    throw new TroupeError(
      'saga-held',
      `The machine of saga ${this.name} has no step '${src}' any more. Deploy a version with a migrate step.`,
    );
  }

  hasTag(snapshot: Json, tag: string): boolean {
    return view(this.machine, snapshot).tags.has(tag);
  }

  /** Every command the machine may send, forward and back. */
  sends(): readonly AnyContract[] {
    const leaves = Object.values(this.machine.implementations.actors).flatMap(logic => leafOf(logic) ?? []);
    return leaves.flatMap(leaf => {
      if (leaf.kind !== 'command') return [];
      return leaf.compensate ? [leaf.contract, leaf.compensate.send] : [leaf.contract];
    });
  }
}
