// Alike: signs in the sources of two handlers that they do one and the same work, where nothing names it.
import type { HandlerDefinition } from '../actors/actor.ts';
import { codeOf } from './code-text.ts';
import { actorsOf, type Definitions } from './definitions.ts';
import { firstParameter } from './handler-text.ts';
import type { WiringIndex } from './wire.ts';

/** `ctx.state.charged += cents`, `state.shelves[id].open -= 1`, `ctx.state.status = 'paid'`, `ctx.state.n++`. */
const CHANGE = new RegExp(
  [
    String.raw`(?<![\w$])(?:[\w$]+\.)?state(?<path>(?:\??\.[\w$]+|\[[^\]]*\])+)\s*`,
    String.raw`(?<by>\+\+|--|(?:[+\-*/%]|\*\*)?=(?![=>]))`,
    String.raw`(?<to>[^;,\n})]*)`,
  ].join(''),
  'gu',
);
/** One status is not the other, and what is computed says nothing. */
const LITERAL = /^(?:'[^']*'|-?\d[\d_.]*|true|false)$/u;
const CALL = /(?<![\w$.])(?<called>(?:[\w$]+\??\.)+[\w$]+)\s*\(/gu;
const AWAITED = /\bawait\s+(?<called>[\w$]+)\s*\(/gu;
const TABLE = /\binsert\s+(?:or\s+\w+\s+)?into\s+["'`]?(?<table>[\w.]+)/giu;
const ADDRESS = /\bfetch\s*\(\s*(?<quote>['"`])(?<url>[^'"`$]+)\k<quote>/gu;
/** What belongs to the language and to logs, and not to a service. */
const LANGUAGE = 'Array Buffer Date Intl JSON Map Math Number Object Promise Set String console globalThis process';
const COMMON = new Set([...LANGUAGE.split(' '), 'fetch', 'log', 'logger', 'z']);
const METHODS = new Set(
  [Array, String, Map, Set, Promise, Number, RegExp, Object].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
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

/** With the operator: `+=` and `-=` undo each other. */
function changesIn(source: string): readonly string[] {
  return [...source.matchAll(CHANGE)].flatMap(({ groups: { path = '', by = '', to = '' } = {} }) => {
    const place = `state${path.replaceAll(/\[[^\]]*\]/gu, '[…]')}`;
    if (by !== '=') return [`${place} ${by}`];
    const value = to.trim().replaceAll('"', "'");
    return LITERAL.test(value) ? [`${place} = ${value}`] : [];
  });
}

/** Calls of services: neither of ctx, nor of the language. */
function callsIn(source: string): readonly string[] {
  const code = codeOf(source);
  const ctx = firstParameter(code);
  const called = [...namesIn(code, CALL, 'called'), ...namesIn(code, AWAITED, 'called')];
  return called.filter(name => isService(name.split(/\??\./u), ctx)).map(name => `calls ${name}`);
}

function isService(path: readonly string[], ctx: string | undefined): boolean {
  const [root = '', method = ''] = [path[0], path.at(-1)];
  return root !== ctx && !COMMON.has(root) && !METHODS.has(method);
}

const namesIn = (source: string, form: RegExp, group: string): readonly string[] =>
  [...source.matchAll(form)].flatMap(({ groups }) => groups?.[group] ?? []);
