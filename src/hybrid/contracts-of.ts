// The contracts of an app: what its actors and sagas handle, publish and send, and what its modules and schedules name.
import type { Actor } from '../actors/actor.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { programOf } from '../sagas/program.ts';
import type { Saga } from '../sagas/saga.ts';

/** What of an app has contracts. */
export interface ContractParts {
  readonly actors: readonly Actor[];
  readonly sagas: readonly Saga[];
  readonly modules: readonly {
    readonly actors: readonly Actor[];
    readonly sagas: readonly Saga[];
    readonly exposes: readonly AnyContract[];
  }[];
  readonly schedules: readonly { readonly contract: AnyContract }[];
}

/**
 * The contracts of the app's own by their types, sorted; those of the library, as `Fault`, are left out.
 *
 * @throws TroupeError `duplicate-name`
 */
export function ownContractsOf(parts: ContractParts): ReadonlyMap<string, AnyContract> {
  return new Map([...contractsOf(parts)].filter(([type]) => !type.startsWith('troupe.')));
}

/**
 * Every contract by its type, sorted; only what sagas start each other with is left out.
 *
 * @throws TroupeError `duplicate-name`
 */
export function contractsOf({ actors, sagas, modules, schedules }: ContractParts): ReadonlyMap<string, AnyContract> {
  const allActors = [...actors, ...modules.flatMap(module => module.actors)];
  const allSagas = [...sagas, ...modules.flatMap(module => module.sagas)];
  const all = [
    ...allActors.flatMap(({ options, handlers }) => [
      ...handlers.flatMap(({ contract }) => contract ?? []),
      ...[options, ...handlers.map(handler => handler.options)].flatMap(({ publishes = [], sends = [] }) => [
        ...publishes,
        ...sends,
      ]),
    ]),
    ...allSagas.flatMap(saga => [
      ...saga.bindings.map(({ contract }) => contract),
      ...(saga.options.publishes ?? []),
      ...programOf(saga).sends(),
    ]),
    ...modules.flatMap(({ exposes }) => exposes),
    ...schedules.map(({ contract }) => contract),
  ];
  const byType = new Map<string, AnyContract>();
  for (const contract of all) {
    const { type } = contract;
    if (type.startsWith('troupe.saga.')) continue;
    if ((byType.get(type) ?? contract) !== contract) {
      throw new TroupeError(
        'duplicate-name',
        `Two contracts are named ${type}. Define it once and import it where it is used.`,
      );
    }
    byType.set(type, contract);
  }
  return new Map([...byType].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
