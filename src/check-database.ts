// checkDatabase: what an app would do with the states and messages of a database, before it is deployed.
import type { App } from './app.ts';
import { toActorBehavior } from './actors/actor-behavior.ts';
import { surveyActors, type ActorReport } from './actors/actor-survey.ts';
import { ownContractsOf } from './hybrid/contracts-of.ts';
import { surveyMessages, type MessagePlace, type MessageReport, type StoredMessages } from './hybrid/message-survey.ts';
import { behaviorsOf } from './create-runtime.ts';
import { TroupeError } from './runtime/errors.ts';
import { PatternTrie } from './runtime/message/pattern.ts';
import { checkDropOrphans } from './runtime/options.ts';
import { readMessages, type MessageCount, type MessageReader } from './runtime/store/read-messages.ts';
import { readStates } from './runtime/store/read-states.ts';
import { readWork } from './runtime/store/stored-work.ts';
import type { Handler } from './runtime/turn/behavior.ts';
import { orphansOf, refuseMixtures, type Orphan } from './runtime/turn/orphans.ts';
import { survey, type Survey } from './sagas/survey.ts';

/** What is known of the deploy beside the app. */
export interface DatabaseOptions {
  /** As for `createRuntime`: names whose stored work is dropped on purpose. */
  readonly dropOrphans?: readonly string[] | undefined;
}

/** What an app would load, migrate or hold, which messages it cannot read, and what would stop its start. */
export interface DatabaseReport extends Survey {
  readonly file: string;
  /**
   * Whether the app takes on every running saga, every actor's state, every message somebody waits for and all open
   * work.
   */
  readonly ok: boolean;
  readonly actors: readonly ActorReport[];
  /** Messages whose version the app cannot read. */
  readonly messages: readonly MessageReport[];
  /** Open work for names and handlers that the app does not have: the start is refused with `orphaned-work`. */
  readonly orphans: readonly Orphan[];
}

/**
 * Looks at every state and message of a database file as the app would load it, and changes nothing. Takes no lock: a
 * runtime may be at work on the file, and what it commits meanwhile may or may not be counted. Runs `migrate` of the
 * actors and sagas.
 *
 * @example
 * ```ts
 * const { ok, sagas, messages, orphans } = checkDatabase(app, 'shop.db');
 * for (const { name, states } of sagas) {
 *   for (const { state, count, verdict, reasons } of states) console.log(name, state, count, verdict, reasons);
 * }
 * for (const { type, version, open, problem } of messages) console.log(type, version, open, problem);
 * for (const { name, handler, what, count } of orphans) console.log(name, handler, what, count);
 * if (!ok) process.exitCode = 1;
 * ```
 *
 * @throws TroupeError `invalid-options`, `duplicate-name`, `invalid-definition`, `no-owner`,
 * `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other `store-…` codes
 */
export function checkDatabase(app: App, file: string, options: DatabaseOptions = {}): DatabaseReport {
  if (app?.kind !== 'app') {
    throw new TroupeError('invalid-options', 'checkDatabase needs an app. Pass what defineApp returned.');
  }
  const dropped = droppedBy(options);
  const all = [app, ...app.modules];
  const ofSagas = survey(
    all.flatMap(({ sagas }) => sagas),
    readStates(file),
    dropped,
  );
  const actors = surveyActors(
    all.flatMap(part => part.actors),
    readStates(file),
  );
  const messages = surveyMessages(
    ownContractsOf(app),
    readMessages(file, reader => storedIn(reader, newReadersOf(app))),
  );
  const isRead = messages.every(({ open, delayed }) => open + delayed === 0);
  const behaviors = behaviorsOf(app);
  const orphans = readWork(file, work => {
    refuseMixtures(work, behaviors);
    return orphansOf(work, { behaviors, dropped });
  });
  const ok = ofSagas.ok && isRead && orphans.length === 0 && actors.every(({ verdict }) => verdict !== 'held');
  return { ...ofSagas, file, ok, actors, messages, orphans };
}

function droppedBy(options: DatabaseOptions): readonly string[] {
  if (typeof options !== 'object' || options === null) {
    throw new TroupeError('invalid-options', "checkDatabase needs options. Write { dropOrphans: ['payments'] }.");
  }
  const { dropOrphans = [], ...others }: DatabaseOptions = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TroupeError('invalid-options', `checkDatabase has no option '${unknown}'. Use dropOrphans.`);
  }
  checkDropOrphans(dropOrphans);
  return dropOrphans;
}

/** A handler that reads the log from a position when it is new. */
interface NewReader extends Pick<Handler, 'id'> {
  readonly names: readonly (string | undefined)[];
  readonly after: number;
}

function newReadersOf({ actors, modules }: App): readonly NewReader[] {
  return [...actors, ...modules.flatMap(module => module.actors)].flatMap(actor => {
    const { name, renamedFrom, handlers } = toActorBehavior(actor);
    return handlers.flatMap(({ id, from }) =>
      from === 'now' ? [] : [{ id, names: [name, renamedFrom], after: from === 'beginning' ? 0 : from - 1 }],
    );
  });
}

function storedIn(reader: MessageReader, fresh: readonly NewReader[]): readonly StoredMessages[] {
  const subscriptions = reader.subscriptions();
  const lagging = subscriptions.flatMap(({ handler, cursor }) => (cursor === null ? [] : [{ handler, after: cursor }]));
  const beginning = fresh
    .filter(({ id, names }) => !subscriptions.some(({ name, handler }) => handler === id && names.includes(name)))
    .map(({ id, after }) => ({ handler: id, after }));
  const behind = [...lagging, ...beginning].flatMap(({ handler, after }) => {
    const takes = matcherOf(handler);
    return reader.logged(after).filter(({ type }) => takes(type));
  });
  const at = (place: MessagePlace, counts: readonly MessageCount[]): readonly StoredMessages[] =>
    counts.map(count => ({ ...count, place }));
  return [
    ...at('logged', reader.logged(0)),
    ...at('open', reader.open()),
    ...at('open', behind),
    ...at('delayed', reader.delayed()),
    ...at('deadLetters', reader.deadLetters()),
  ];
}

/** A handler is called by its type or pattern, with a number where there are several. */
function matcherOf(handler: string): (type: string) => boolean {
  const base = handler.replace(/#\d+$/, '');
  if (!/[*#]/.test(base)) return type => type === base;
  const trie = new PatternTrie<true>();
  trie.add(base, true);
  return type => trie.match(type).length > 0;
}
