// Rule about versions: everything that an older version may have stored can be read.
import { actorsOf, sagasOf } from '../definitions.ts';
import { partOf } from '../edges.ts';
import { ownContractsOf } from '../contracts-of.ts';
import type { Found, Rule } from './rule.ts';

/** What is stored, under a version. */
interface Versioned {
  readonly what: 'contract' | 'actor' | 'saga';
  readonly name: string;
  readonly version: number | undefined;
  /** Steps from older versions, by the version they start from. */
  readonly steps: Readonly<Record<number, unknown>> | undefined;
  readonly parts: readonly string[];
}

/** TR140. */
export const upcasterGaps: Rule = function* ({ definitions, index }) {
  const contracts = ownContractsOf(definitions).values();
  for (const { type, version, upcast } of contracts) {
    const { from = [], to = [] } = index.contract(type) ?? {};
    const parts = [...new Set([...from, ...to].map(partOf))];
    yield* gapsOf({ what: 'contract', name: type, version, steps: upcast, parts });
  }
  for (const { part } of actorsOf(definitions)) {
    const { state, version, migrate } = part.options;
    // Without state it stores nothing.
    if (state) yield* gapsOf({ what: 'actor', name: part.name, version, steps: migrate, parts: [part.name] });
  }
  for (const { part } of sagasOf(definitions)) {
    const { version, migrate } = part.options;
    yield* gapsOf({ what: 'saga', name: part.name, version, steps: migrate, parts: [part.name] });
  }
};

function* gapsOf({ what, name, version = 1, steps = {}, parts }: Versioned): Iterable<Found> {
  const older = Array.from({ length: version - 1 }, (_, index) => index + 1);
  const missing = older.filter(from => typeof steps[from] !== 'function');
  if (missing.length === 0) return;
  const list = missing.length > 3 ? `${missing[0]} to ${missing.at(-1)}` : missing.join(' and ');
  const step = what === 'contract' ? 'upcast' : 'migrate';
  yield {
    code: 'TR140',
    problem: `The ${what} ${name} has version ${version}, and no ${step} step from version ${list}.`,
    way: missing.map(from => ({ at: name, does: 'cannot read', what: `version ${from}` })),
    parts,
    about: [name],
  };
}
