// Alike: signs in the sources of two handlers that they do one and the same work, where nothing names it.
import type { HandlerDefinition } from '../actors/actor.ts';
import { codeOf } from './code-text.ts';
import { actorsOf, type Definitions } from './definitions.ts';
import type { WiringIndex } from './wire.ts';

/** `ctx.state.charged += cents`, `state.shelves[id].open -= 1`, `ctx.state.status = 'paid'`, `ctx.state.n++`. */
const CHANGE =
  /(?<![\w$])(?:[\w$]+\.)?state(?<path>(?:\??\.[\w$]+|\[[^\]]*\])+)\s*(?<by>\+\+|--|(?:[+\-*/%]|\*\*)?=(?![=>]))(?<to>[^;,\n})]*)/gu;
const CALL = /(?<![\w$.])(?<called>(?:[\w$]+\??\.)+[\w$]+)\s*\(/gu;
const AWAITED = /\bawait\s+(?<called>[\w$]+)\s*\(/gu;
const TABLE = /\b(?:insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from)\s+["'`]?(?<table>[\w.]+)/giu;
const ADDRESS = /\bfetch\s*\(\s*(?<quote>['"`])(?<url>[^'"`$]+)\k<quote>/gu;
const PARAMETERS = /^[^(]*\(?\s*(?<first>[\w$]+)?\s*,?\s*(?<second>[\w$]+)?/u;
/** What belongs to the language, and not to a service. */
const LANGUAGE = new Set(
  'Array Buffer Date Intl JSON Map Math Number Object Promise Reflect Set String console globalThis process z'.split(
    ' ',
  ),
);

/** What two handlers both do by their sources, as a reader would say it. */
export function alike(one: HandlerDefinition, other: HandlerDefinition): readonly string[] {
  const theirs = signsOf(other);
  return [...signsOf(one)].filter(sign => theirs.has(sign));
}

/** The handlers of an app as they were defined, by their ids. */
export function definitionsById(definitions: Definitions, index: WiringIndex): ReadonlyMap<string, HandlerDefinition> {
  return new Map(
    actorsOf(definitions).flatMap(({ part: { name, handlers } }) =>
      (index.actor(name)?.handlers ?? []).flatMap(({ id }, at) => {
        const definition = handlers[at];
        return definition ? [[id, definition] as const] : [];
      }),
    ),
  );
}

function signsOf({ how, run, done }: HandlerDefinition): ReadonlySet<string> {
  const bodies = [run, done].filter(body => body !== undefined).map(String);
  return new Set([
    ...bodies.flatMap(changesIn),
    ...bodies.flatMap(source => namesIn(source, TABLE, 'table')).map(table => `writes ${table}`),
    ...bodies.flatMap(source => namesIn(source, ADDRESS, 'url')).map(url => `fetches ${url}`),
    ...(how === 'task' ? callsIn(String(run)) : []),
  ]);
}

/** With the operator, and what is assigned: `+=` and `-=` undo each other, and one status is not the other. */
function changesIn(source: string): readonly string[] {
  return [...source.matchAll(CHANGE)].map(({ groups: { path = '', by = '', to = '' } = {} }) => {
    const place = path.replaceAll(/\[[^\]]*\]/gu, '[…]');
    return by === '=' ? `state${place} = ${to.trim()}` : `state${place} ${by}`;
  });
}

/** Calls of services: neither of ctx or the data, nor of the language. */
function callsIn(source: string): readonly string[] {
  const { first, second } = PARAMETERS.exec(source)?.groups ?? {};
  const own = new Set([...LANGUAGE, first, second]);
  const code = codeOf(source);
  const called = [...namesIn(code, CALL, 'called'), ...namesIn(code, AWAITED, 'called')];
  return called.filter(name => !own.has(name.split('.', 1)[0]?.replace('?', ''))).map(name => `calls ${name}`);
}

const namesIn = (source: string, form: RegExp, group: string): readonly string[] =>
  [...source.matchAll(form)].flatMap(({ groups }) => groups?.[group] ?? []);
