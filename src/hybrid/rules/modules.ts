// Rules about modules: what is used across a boundary, and modules that need each other in a circle.
import { asksOf, privateProblem, privateUses, usesOf } from '../boundaries.ts';
import type { Rule } from './rule.ts';

/** TR170. */
export const privateContracts: Rule = function* ({ definitions }) {
  for (const use of [...privateUses(definitions), ...privateUses(definitions, asksOf(definitions))]) {
    const { user, does, what, owner } = use;
    yield {
      code: 'TR170',
      isPossible: does === 'asks',
      problem: privateProblem(use),
      way: [
        { at: user.part, does, what },
        { at: owner.part, does: 'is in', what: owner.module ?? '' },
      ],
      parts: [...new Set([user.part, owner.part, ...[user.module, owner.module].filter(name => name !== undefined)])],
      about: [what],
    };
  }
};

/** TR171. */
export const moduleCycles: Rule = function* ({ definitions }) {
  const uses = [...usesOf(definitions), ...asksOf(definitions)].flatMap(({ user, does, what, owner }) =>
    user.module === undefined || owner?.module === undefined || owner.module === user.module
      ? []
      : [{ by: user.module, of: owner.module, at: user.part, does, what }],
  );
  const needs = (module: string): readonly string[] => [
    ...new Set(uses.filter(({ by }) => by === module).map(({ of }) => of)),
  ];
  for (const circle of circlesOf(definitions.modules.map(({ name }) => name).toSorted(), needs)) {
    const inside = uses.filter(({ by, of }) => circle.includes(by) && circle.includes(of));
    yield {
      code: 'TR171',
      problem: `The modules ${circle.join(', ')} need each other.`,
      way: inside.map(({ at, does, what }) => ({ at, does, what })),
      parts: circle,
      about: [...new Set(inside.map(({ what }) => what))],
    };
  }
};

/** Groups of which each member leads to every other. */
function circlesOf(
  names: readonly string[],
  next: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const reach = new Map(names.map(name => [name, reachedFrom(name, next)]));
  const groups = names.map(name => names.filter(other => reach.get(name)?.has(other) && reach.get(other)?.has(name)));
  return [...new Map(groups.filter(group => group.length > 1).map(group => [group.join(' '), group])).values()];
}

function reachedFrom(name: string, next: (name: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const pending = [...next(name)];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (reached.has(one)) continue;
    reached.add(one);
    pending.push(...next(one));
  }
  return reached;
}
