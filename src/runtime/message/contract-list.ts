// Contract lists: what `publishes`, `sends` and `exposes` may hold, checked where they are written.
import { TroupeError } from '../errors.ts';

type Kind = 'event' | 'command';

/** What each list holds. */
const HOLDS: Readonly<Record<string, readonly Kind[]>> = {
  publishes: ['event'],
  sends: ['command'],
  exposes: ['event', 'command'],
};

/**
 * Refuses lists of contracts that hold something else, for those that write definitions without types.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkContractLists(what: string, options: object): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const [option, kinds] of Object.entries(HOLDS)) {
    const list = given[option] ?? [];
    const wanted = kinds.map(kind => (kind === 'event' ? 'defineEvent' : 'defineCommand')).join(' or ');
    const remedy = `Write ${option}: [ … ] with what ${wanted} returned.`;
    if (!Array.isArray(list)) throw refuse(`${what}: ${option} is no list`, remedy);
    for (const [at, one] of list.entries()) {
      if (!isOf(one, kinds)) throw refuse(`${what}: ${option}[${at}] is no ${kinds.join(' or ')}`, remedy);
    }
  }
}

const isOf = (one: unknown, kinds: readonly string[]): boolean =>
  typeof one === 'function' && 'schema' in one && 'kind' in one && kinds.includes(String(one.kind));

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. ${remedy}`);
}
