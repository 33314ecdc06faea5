// Handler work: whether a handler certainly does something that could have to be undone; in doubt it does not.
import type { Actor, HandlerDefinition } from '../actors/actor.ts';
import { codeAndTextsOf, codeOf } from './code-text.ts';
import { HandlerText } from './handler-text.ts';

const CHAIN = String.raw`(?:\??\.[\w$]+|\[[^\]]*\])*`;
const ASSIGNED = String.raw`\s*(?:=(?![=>])|(?:[+\-*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)=|\+\+|--)`;
const CHANGING = String.raw`\.(?:push|pop|shift|unshift|splice|sort|reverse|fill)\s*\(`;
/** Statements in SQL, and the calls of query builders on `ctx.sql`. */
const WRITES_SQL: readonly RegExp[] = [
  /\binsert\s+(?:or\s+\w+\s+)?into\b|\breplace\s+into\b|\bdelete\s+from\b|\bupdate\b[^;]*?\bset\b/iu,
  /(?<![\w$])sql\s*\??\.\s*(?:insert|update|delete|replace)/u,
];

/** Whether the text of a handler changes state, writes tables, or makes a call that must not be made twice. */
export function doesWork({ options: { sql } }: Actor, { how, run, done, failed }: HandlerDefinition): boolean {
  const turns = (how === 'task' ? [done, failed] : [run]).filter(body => body !== undefined);
  if (turns.some(changesState)) return true;
  if (sql !== undefined && turns.some(writesTables)) return true;
  return how === 'task' && callsOnce(run);
}

/** `ctx.state.charged += 1`, `state = …` but not `const state =`, `delete ctx.state.x`, `ctx.state.list.push(…)`. */
function changesState(body: (...args: never) => unknown): boolean {
  const ctx = new HandlerText(body).ctx?.replaceAll('$', String.raw`\$`);
  // The `state` of something else is that of an address, for example.
  const state = String.raw`(?<![\w$.])${ctx === undefined ? '' : String.raw`(?:${ctx}\??\.)?`}state`;
  const changes = [
    String.raw`(?<!\b(?:const|let|var)\s+)${state}${CHAIN}${ASSIGNED}`,
    String.raw`(?:\bdelete\s+|\+\+|--)${state}`,
    `${state}${CHAIN}${CHANGING}`,
  ];
  return new RegExp(changes.join('|'), 'u').test(codeOf(String(body)));
}

function writesTables(body: (...args: never) => unknown): boolean {
  const text = codeAndTextsOf(String(body));
  return WRITES_SQL.some(form => form.test(text));
}

/** Whoever gives the idempotency key to a service has it do something. */
export function callsOnce(run: (...args: never) => unknown): boolean {
  return new HandlerText(run).uses('idempotencyKey') === 'uses';
}
