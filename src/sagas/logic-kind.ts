// Logic kind: which of XState's kinds of actor logic a value is, found out without running anything of the user's.
import { leafOf } from './leaf.ts';

/** `leaf` is durable logic of this library: `command()` and its like. */
export type LogicKind = 'machine' | 'leaf' | 'promise' | 'transition' | 'callback' | 'observable' | 'unknown';

type Transition = (snapshot: object, event: object, scope: object) => unknown;

/** What `fromPromise`, `fromCallback`, `fromObservable` and `fromEventObservable` all return, and nothing else. */
const LIVE_MEMBERS = ['config', 'getInitialSnapshot', 'getPersistedSnapshot', 'restoreSnapshot', 'start', 'transition'];

export function logicKind(logic: unknown): LogicKind {
  if (typeof logic !== 'object' || logic === null) return 'unknown';
  if (leafOf(logic)) return 'leaf';
  // Not `instanceof`: an app may hold two copies of xstate.
  if ('__xstatenode' in logic) return 'machine';
  const { transition, start, getInitialSnapshot } = logic as Readonly<Record<string, unknown>>;
  if (typeof transition !== 'function' || typeof getInitialSnapshot !== 'function') return 'unknown';
  if (typeof start !== 'function') return 'transition';
  if (Object.keys(logic).toSorted().join() !== LIVE_MEMBERS.join()) return 'unknown';
  return probe(transition as Transition);
}

/** XState's own reducers tell themselves apart by the events they understand. */
function probe(transition: Transition): LogicKind {
  if (ends(transition, { type: 'xstate.promise.resolve', data: 1 })) return 'promise';
  if (ends(transition, { type: 'xstate.observable.complete' })) return 'observable';
  return 'callback';
}

function ends(transition: Transition, event: object): boolean {
  try {
    const next = transition({ status: 'active' }, event, {});
    return typeof next === 'object' && next !== null && 'status' in next && next.status === 'done';
  } catch {
    // Callback logic looks for the state of its live actor, and there is none.
    return false;
  }
}
