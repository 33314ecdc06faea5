// Cuts a case down to what still makes the sides part: first acts, then states, then everything else in the machine.
import { compare, type Difference } from './compare.ts';
import type { Case } from './machine-spec.ts';

type Node = Record<string, unknown> | unknown[];
type Cut = readonly (string | number)[];

/** Members that a machine cannot be built without. */
const KEPT = new Set([
  'id',
  'key',
  'kind',
  'type',
  'src',
  'to',
  'root',
  'actors',
  'than',
  'k',
  'below',
  'state',
  'label',
]);

export interface Shrunk {
  readonly case: Case;
  readonly difference: Difference;
}

/** The smallest case found that differs in the same part. */
export function shrink(one: Case, difference: Difference): Shrunk {
  let best: Shrunk = { case: one, difference };
  const tries = (smaller: Case): boolean => {
    const found = attempt(smaller);
    if (found?.in !== difference.in) return false;
    best = { case: smaller, difference: found };
    return true;
  };
  tries({ ...one, acts: one.acts.slice(0, difference.after) });
  for (let isSmaller = true; isSmaller;) {
    const cutActs = cutAway(best.case, ['acts'], tries);
    const cutStates = cutAway(best.case, ['machine'], tries, 'states');
    isSmaller = cutAway(best.case, ['machine'], tries) || cutStates || cutActs;
  }
  return best;
}

/** A cut can leave a machine that cannot be built; such a case is no reproduction. */
function attempt(one: Case): Difference | undefined {
  try {
    return compare(one);
  } catch {
    return undefined;
  }
}

/** Tries to do without each member below `within`, the largest first; whether anything could go. */
function cutAway(one: Case, within: Cut, tries: (smaller: Case) => boolean, only?: string): boolean {
  let current = one;
  let hasCut = false;
  // Members after a cut have moved, so the list is made again from where it was.
  for (let at = 0, cuts = cutsOf(current, within, only); at < cuts.length;) {
    const smaller = without(current, cuts[at]!);
    if (tries(smaller)) {
      current = smaller;
      hasCut = true;
      cuts = cutsOf(current, within, only);
    } else at += 1;
  }
  return hasCut;
}

function cutsOf(one: Case, within: Cut, only: string | undefined): Cut[] {
  const cuts: Cut[] = [];
  const visit = (node: unknown, path: Cut): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      const here = [...path, Array.isArray(node) ? Number(key) : key];
      const isMember = Array.isArray(node) || !KEPT.has(key);
      if (isMember && (only === undefined || path.at(-1) === only)) cuts.push(here);
      visit((node as Record<string, unknown>)[key], here);
    }
  };
  visit(memberOf(one, within), within);
  return cuts.toSorted((a, b) => a.length - b.length);
}

const memberOf = (node: unknown, path: Cut): unknown =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], node);

function without(one: Case, cut: Cut): Case {
  const copy = structuredClone(one);
  const parent = memberOf(copy, cut.slice(0, -1)) as Node;
  const last = cut.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
