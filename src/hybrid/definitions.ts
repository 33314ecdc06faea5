// Definitions: what an app is made of, in the shape that the wiring, the check and the advice read.
import type { Actor } from '../actors/actor.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import type { Waiver } from '../runtime/message/waiver.ts';
import type { Saga } from '../sagas/saga.ts';
import type { Monitor } from './monitor.ts';

/** A module as it was defined. */
export interface ModuleDefinition {
  readonly name: string;
  readonly actors: readonly Actor[];
  readonly sagas: readonly Saga[];
  readonly monitors: readonly Monitor[];
  readonly exposes: readonly AnyContract[];
  readonly allow: readonly Waiver[];
}

/** An app as it was defined. */
export interface Definitions {
  readonly actors: readonly Actor[];
  readonly sagas: readonly Saga[];
  readonly monitors: readonly Monitor[];
  readonly modules: readonly ModuleDefinition[];
  readonly schedules: readonly { readonly name: string; readonly contract: AnyContract }[];
  readonly allow: readonly Waiver[];
}

/** A definition with the module it is in. */
export interface Placed<T> {
  readonly part: T;
  readonly module: string | undefined;
}

/**
 * Refuses what `defineApp` has not returned, for those that call without types.
 *
 * @throws TroupeError `invalid-options`
 */
export function assertApp(caller: string, app: unknown): void {
  if (typeof app === 'object' && app !== null && 'kind' in app && app.kind === 'app') return;
  throw new TroupeError('invalid-options', `${caller} needs an app. Pass what defineApp returned.`);
}

/** Every actor, those of modules after the others. */
export function actorsOf({ actors, modules }: Definitions): readonly Placed<Actor>[] {
  return place(actors, modules, module => module.actors);
}

/** Every saga, those of modules after the others. */
export function sagasOf({ sagas, modules }: Definitions): readonly Placed<Saga>[] {
  return place(sagas, modules, module => module.sagas);
}

/** Every monitor, those of modules after the others. */
export function monitorsOf({ monitors, modules }: Definitions): readonly Placed<Monitor>[] {
  return place(monitors, modules, module => module.monitors);
}

function place<T>(
  own: readonly T[],
  modules: readonly ModuleDefinition[],
  of: (module: ModuleDefinition) => readonly T[],
): readonly Placed<T>[] {
  return [
    ...own.map(part => ({ part, module: undefined })),
    ...modules.flatMap(module => of(module).map(part => ({ part, module: module.name }))),
  ];
}
