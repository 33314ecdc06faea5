// What a session knows apart from its variables: who it is, whom it can reach, and what its expressions see.
import type { EventObject } from 'xstate';
import { engineObject, type Data, type Datamodel, type View } from './datamodel.ts';
import { eventVariable, httpProcessor, scxmlProcessor } from './events.ts';

/** Where an event can go. */
export type Destination =
  | { readonly to: 'self' | 'internal' | 'parent' }
  | { readonly to: 'child'; readonly id: string };

export interface SessionOptions {
  readonly id: string;
  readonly name: string;
  readonly datamodel: Datamodel;
  /** The id of the session that invoked this one. */
  readonly parent: string | undefined;
  readonly invokeIds: readonly string[];
}

/** What changes from one block to the next. */
export interface Moment {
  readonly data: Data;
  readonly event: EventObject;
  readonly isIn: (state: string) => boolean;
}

export class Session {
  readonly id: string;
  readonly datamodel: Datamodel;
  readonly #system: Readonly<Record<string, unknown>>;
  readonly #destinations: ReadonlyMap<string, Destination>;

  constructor({ id, name, datamodel, parent, invokeIds }: SessionOptions) {
    this.id = id;
    this.datamodel = datamodel;
    const own = engineObject({ location: addressOf(id) });
    // Nothing here speaks HTTP: its processor, which is optional, loops back to the session itself.
    const processors = { scxml: own, [scxmlProcessor]: own, basichttp: own, [httpProcessor]: own };
    this.#system = { _sessionid: id, _name: name, _ioprocessors: engineObject(processors) };
    this.#destinations = new Map<string, Destination>([
      ['#_internal', { to: 'internal' }],
      [addressOf(id), { to: 'self' }],
      ...(parent === undefined ? [] : aliases('#_parent', parent, { to: 'parent' })),
      ...invokeIds.flatMap(child => aliases(`#_${child}`, childSession(id, child), { to: 'child', id: child })),
    ]);
  }

  destination(target: string): Destination | undefined {
    return this.#destinations.get(target);
  }

  view({ data, event, isIn }: Moment): View {
    return { data, system: { ...this.#system, _event: eventVariable(event), In: isIn } };
  }
}

/** The address that other sessions use. */
export function addressOf(session: string): string {
  return `#_scxml_${session}`;
}

/** The id of an invoked session. */
export function childSession(parent: string, invokeId: string): string {
  return `${parent}/${invokeId}`;
}

function aliases(name: string, session: string, destination: Destination): [string, Destination][] {
  return [
    [name, destination],
    [addressOf(session), destination],
  ];
}
