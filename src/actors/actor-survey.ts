// Survey of actors: how many stored states of which version an app would load, migrate or hold, and why.
import { parseAddress } from '../runtime/message/address.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import type { Actor } from './actor.ts';
import { toActorBehavior } from './actor-behavior.ts';

/** Stored states of one actor that one version of the code wrote. */
export interface ActorReport {
  readonly name: string;
  /** Of the code that wrote them. */
  readonly version: number;
  readonly count: number;
  /** `loads`: as they are. `migrates`: through `migrate`. `held`: they wait for other code. */
  readonly verdict: 'loads' | 'migrates' | 'held';
  /** Why they are held, as found in the first of them; else empty. */
  readonly problem: string;
  /** Keys of the first of them, at most five. */
  readonly examples: readonly string[];
}

/** A stored state; `status` is null for those of actors. */
interface StoredState {
  readonly address: string;
  readonly version: number;
  readonly status: string | null;
  readonly data: string;
}

type Fate = Omit<ActorReport, 'count' | 'examples'>;

const EXAMPLES = 5;

/** Looks at every stored state once; sagas, and actors that the app does not have, are passed over. */
export function surveyActors(actors: readonly Actor[], stored: Iterable<StoredState>): readonly ActorReport[] {
  const restore = new Map<string, (row: StoredState) => Fate>();
  for (const actor of actors) {
    const { name, options } = actor;
    const fate = fateOf(actor);
    restore.set(name, fate);
    if (options.renamedFrom !== undefined) restore.set(options.renamedFrom, fate);
  }
  const groups = new Map<string, Fate & { count: number; readonly keys: string[] }>();
  for (const row of stored) {
    const { name, key } = parseAddress(row.address);
    const fate = row.status === null ? restore.get(name)?.(row) : undefined;
    if (!fate) continue;
    const id = JSON.stringify([fate.name, fate.version, fate.verdict]);
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { ...fate, count: 0, keys: [] }));
    group.count += 1;
    if (group.keys.length < EXAMPLES) group.keys.push(key);
  }
  return [...groups.values()].map(({ keys, ...report }) => ({ ...report, examples: keys }));
}

function fateOf(actor: Actor): (row: StoredState) => Fate {
  const behavior = toActorBehavior(actor);
  const { name, version: current } = behavior;
  return ({ version, data }) => {
    try {
      behavior.restore(fromJsonText(data), version);
      return { name, version, verdict: version === current ? 'loads' : 'migrates', problem: '' };
    } catch (error) {
      return { name, version, verdict: 'held', problem: error instanceof Error ? error.message : String(error) };
    }
  };
}
