// Orphans: stored work for names and handlers that an app does not have, which stops its start (K16).
import { TroupeError } from '../errors.ts';
import { isMonitorName } from '../message/address.ts';
import type { OpenWork, StoredWork } from '../store/store.ts';
import type { Behavior } from './behavior.ts';

/** Work in a database that an app has nobody for. */
export interface Orphan {
  /** Of an actor or saga, after `renamedFrom`; of delayed commands, their type. */
  readonly name: string;
  /** The handler that is gone, of deliveries and tasks. */
  readonly handler?: string | undefined;
  /** `delayed`: commands to be sent later. `instances`: sagas that still run. */
  readonly what: 'deliveries' | 'tasks' | 'timers' | 'delayed' | 'instances';
  readonly count: number;
}

/** The app, and the names whose work is dropped on purpose. */
export interface Successor {
  readonly behaviors: readonly Pick<Behavior, 'name' | 'renamedFrom' | 'handlers'>[];
  readonly dropped: readonly string[];
}

/** What stops the start of an app. A monitor only watches: what it has stored goes with it. */
export function orphansOf(work: StoredWork, { behaviors, dropped }: Successor): readonly Orphan[] {
  const has = knownBy(behaviors);
  const today = nameToday(behaviors);
  const isGiven = (name: string): boolean => isMonitorName(name) || dropped.includes(name);
  const open = work.open
    .map(one => (one.what === 'delayed' ? one : { ...one, name: today(one.name) }))
    .filter(one => !isGiven(one.name) && !has(one))
    .map(({ name, handler, what, count }): Orphan =>
      handler === null ? { name, what, count } : { name, handler, what, count },
    );
  const names = new Set(work.names.map(today));
  const living = [...names]
    .filter(name => !isGiven(name) && !behaviors.some(behavior => behavior.name === name))
    .map((name): Orphan => ({ name, what: 'instances', count: work.running(name) }));
  return [...open, ...living.filter(({ count }) => count > 0)];
}

function knownBy(behaviors: Successor['behaviors']): (one: OpenWork) => boolean {
  const names = new Set(behaviors.map(({ name }) => name));
  const all = behaviors.flatMap(({ name, handlers }) => handlers.map(({ id, contract }) => ({ name, id, contract })));
  const handlers = new Set(all.map(({ name, id }) => `${name}:${id}`));
  const commands = new Set(all.flatMap(({ contract }) => (contract?.kind === 'command' ? [contract.type] : [])));
  return ({ name, handler, what }) => {
    if (what === 'delayed') return commands.has(name);
    return what === 'timers' ? names.has(name) : handlers.has(`${name}:${handler ?? ''}`);
  };
}

/** The first that has taken a name has its work. */
function nameToday(behaviors: Successor['behaviors']): (name: string) => string {
  const renamed = new Map(behaviors.toReversed().map(({ name, renamedFrom }) => [renamedFrom, name]));
  return name => renamed.get(name) ?? name;
}

/** One orphan in a few words. */
export function orphanText({ name, handler, what }: Orphan): string {
  if (handler !== undefined) return `${name}:${handler}`;
  if (what === 'delayed') return `delayed commands ${name}`;
  return what === 'timers' ? `timers of ${name}` : `living instances of ${name}`;
}

/**
 * Refuses a rename where code from before it has run after it: there is work under both names, and nobody can tell
 * which is right.
 *
 * @throws TroupeError `duplicate-name`
 */
export function refuseMixtures(work: StoredWork, behaviors: Successor['behaviors']): void {
  for (const { name, renamedFrom } of behaviors) {
    if (renamedFrom === undefined || !work.clash(renamedFrom, name)) continue;
    throw new TroupeError(
      'duplicate-name',
      `The database has work of ${renamedFrom} and of ${name}: ${renamedFrom} has run again since it was renamed. ` +
        `Drop renamedFrom; ${name} goes on with what it had, and what ${renamedFrom} has stored since stays there.`,
    );
  }
}
