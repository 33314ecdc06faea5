// Boundaries: which module owns a contract, and who outside of it uses what it does not expose.
import type { Actor } from '../actors/actor.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { programOf } from '../sagas/program.ts';
import type { Saga } from '../sagas/saga.ts';
import { actorsOf, monitorsOf, sagasOf, type Definitions, type Placed } from './definitions.ts';
import { wiringOf } from './wire.ts';

/** An actor, a saga, a monitor or a schedule, and the module it is in. */
export interface Place {
  readonly part: string;
  readonly module: string | undefined;
}

/** A contract, or a saga, that a part uses by its name. */
export interface PartUse {
  readonly user: Place;
  readonly does: 'sends' | 'asks' | 'publishes' | 'handles' | 'starts' | 'watches';
  readonly kind: 'event' | 'command' | 'saga';
  readonly what: string;
  /** Undefined where no definition owns it: it comes from outside. */
  readonly owner: Place | undefined;
}

/** A use of what a module keeps to itself. */
export type PrivateUse = PartUse & { readonly owner: Place };

/** Who handles each command, and who declares each event. */
export function ownersOf(definitions: Definitions): ReadonlyMap<string, Place> {
  const actors = actorsOf(definitions).flatMap(({ part, module }) =>
    [
      ...part.handlers.flatMap(({ contract }) => (contract?.kind === 'command' ? [contract] : [])),
      ...publishedBy(part),
    ].map(({ type }) => [type, { part: part.name, module }] as const),
  );
  const sagas = sagasOf(definitions).flatMap(({ part, module }) =>
    [
      ...part.bindings.flatMap(({ contract }) => (contract.kind === 'command' ? [contract] : [])),
      ...(part.options.publishes ?? []),
    ].map(({ type }) => [type, { part: part.name, module }] as const),
  );
  return new Map([...actors, ...sagas]);
}

function publishedBy({ options, handlers }: Actor): readonly AnyContract[] {
  return [...(options.publishes ?? []), ...handlers.flatMap(handler => handler.options.publishes ?? [])];
}

/**
 * What each part uses that another one owns. A pattern names no contract: whoever subscribes to one sees what comes
 * by, and depends on nothing of it.
 */
export function usesOf(definitions: Definitions): readonly PartUse[] {
  const owners = ownersOf(definitions);
  const sagas = new Map(
    sagasOf(definitions).map(({ part, module }) => [part.name, { part: part.name, module }] as const),
  );
  const uses = [
    ...actorsOf(definitions).flatMap(actorUses),
    ...sagasOf(definitions).flatMap(sagaUses),
    ...monitorsOf(definitions).flatMap(({ part: { name, start, outcomes }, module }) =>
      [start, ...outcomes].map(contract => useOf({ part: name, module }, 'watches', contract)),
    ),
    ...definitions.schedules.map(({ name, contract }) =>
      useOf(
        { part: `schedule ${name}`, module: undefined },
        contract.kind === 'event' ? 'publishes' : 'sends',
        contract,
      ),
    ),
  ];
  return uses
    .filter(({ what }) => !what.startsWith('troupe.'))
    .map(use => ({ ...use, owner: (use.kind === 'saga' ? sagas : owners).get(use.what) }))
    .filter(({ user, owner }) => owner?.part !== user.part);
}

/** What the tasks of actors ask others for. Nobody declares that: it is read from the text of their bodies. */
export function asksOf(definitions: Definitions): readonly PartUse[] {
  const owners = ownersOf(definitions);
  const { actors } = wiringOf(definitions);
  return actorsOf(definitions).flatMap(({ part, module }) => {
    const declared = new Set(actorUses({ part, module }).map(({ what }) => what));
    const wired = actors.find(({ name }) => name === part.name);
    const asked = new Set((wired?.handlers ?? []).flatMap(({ sends }) => sends.filter(type => !declared.has(type))));
    return [...asked].flatMap((what): readonly PartUse[] => {
      const owner = owners.get(what);
      const user = { part: part.name, module };
      return owner?.part === part.name ? [] : [{ user, does: 'asks', kind: 'command', what, owner }];
    });
  });
}

type Use = Omit<PartUse, 'owner'>;

const useOf = (user: Place, does: PartUse['does'], { kind, type }: AnyContract): Use => ({
  user,
  does,
  kind,
  what: type,
});

function actorUses({ part: { name, options, handlers }, module }: Placed<Actor>): readonly Use[] {
  const user = { part: name, module };
  const sent = [...(options.sends ?? []), ...handlers.flatMap(handler => handler.options.sends ?? [])];
  return [
    ...[...new Set(sent)].map(contract => useOf(user, 'sends', contract)),
    ...handlers.flatMap(({ contract, pattern }): readonly Use[] => {
      if (contract) return [useOf(user, 'handles', contract)];
      const isName = pattern !== undefined && !/[*#]/u.test(pattern);
      return isName ? [{ user, does: 'handles', kind: 'event', what: pattern }] : [];
    }),
  ];
}

function sagaUses({ part, module }: Placed<Saga>): readonly Use[] {
  const user = { part: part.name, module };
  const program = programOf(part);
  return [
    ...program.sends().map(contract => useOf(user, 'sends', contract)),
    ...part.bindings.map(({ contract }) => useOf(user, 'handles', contract)),
    ...program.children().map(({ name }): Use => ({ user, does: 'starts', kind: 'saga', what: name })),
  ];
}

/** What parts use of a module they are not in, and that it does not expose. */
export function privateUses(
  definitions: Definitions,
  uses: readonly PartUse[] = usesOf(definitions),
): readonly PrivateUse[] {
  const exposed = new Map(
    definitions.modules.map(({ name, exposes }) => [name, new Set(exposes.map(({ type }) => type))]),
  );
  return uses.flatMap(use => {
    const { owner, user, what, kind } = use;
    if (owner?.module === undefined || owner.module === user.module) return [];
    return kind !== 'saga' && exposed.get(owner.module)?.has(what) ? [] : [{ ...use, owner }];
  });
}

/** One sentence about a private use. */
export function privateProblem({ user, does, kind, what, owner }: PrivateUse): string {
  const who = user.module === undefined ? user.part : `${user.part} of the module ${user.module}`;
  const used = kind === 'saga' ? `the saga ${what}` : what;
  return `${who} ${does} ${used}, which is private to the module ${owner.module}.`;
}

/**
 * Refuses modules of one name, a module that exposes what is not its own, and the use of what one does not expose.
 *
 * @throws TroupeError `duplicate-name`, `invalid-definition`, `private-contract`
 */
export function assertBoundaries(definitions: Definitions): void {
  const names = new Set<string>();
  const owners = ownersOf(definitions);
  for (const { name, exposes } of definitions.modules) {
    if (names.has(name)) {
      throw new TroupeError('duplicate-name', `Two modules are named ${name}. Rename one, or make them one module.`);
    }
    names.add(name);
    for (const { type, kind } of exposes) {
      const owner = owners.get(type);
      // An event of nobody comes from outside; a command of nobody cannot be sent.
      if (owner ? owner.module === name : kind === 'event') continue;
      const whose = owner ? `belongs to ${owner.module ?? owner.part}` : 'no part of the app handles';
      const problem = `The module ${name} exposes ${type}, which ${whose}.`;
      throw new TroupeError('invalid-definition', `${problem} A module exposes what its own parts handle or publish.`);
    }
  }
  const [use] = privateUses(definitions);
  if (!use) return;
  const { kind, owner, user, what } = use;
  const remedy =
    kind === 'saga'
      ? `Start it with a contract that ${owner.module} exposes`
      : `Add ${what} to exposes of ${owner.module}, use a contract that it exposes`;
  throw new TroupeError('private-contract', `${privateProblem(use)} ${remedy}, or move ${user.part} into the module.`);
}
