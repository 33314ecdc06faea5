// Handler work: whether a handler certainly does something that could have to be undone; in doubt it does not.
import type { Actor, HandlerDefinition } from '../actors/actor.ts';
import { codeOf } from './code-text.ts';
import { HandlerText } from './handler-text.ts';

const CHAIN = String.raw`(?:\??\.[\w$]+|\[[^\]]*\])*`;
const STATE = String.raw`(?<![\w$])(?:[\w$]+\.)?state`;
const ASSIGNED = String.raw`\s*(?:=(?![=>])|(?:[+\-*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)=|\+\+|--)`;
const CHANGING = String.raw`\.(?:push|pop|shift|unshift|splice|sort|reverse|fill)\s*\(`;
/** `ctx.state.charged += 1`, `state = …` but not `const state =`, `delete ctx.state.x`, `ctx.state.list.push(…)`. */
const CHANGES_STATE = new RegExp(
  [
    String.raw`(?<!\b(?:const|let|var)\s+)${STATE}${CHAIN}${ASSIGNED}`,
    String.raw`(?:\bdelete\s+|\+\+|--)${STATE}`,
    `${STATE}${CHAIN}${CHANGING}`,
  ].join('|'),
  'u',
);
const WRITES_SQL = /\b(?:insert|update|delete|upsert)\b/iu;

/** Whether the text of a handler changes state, writes tables, or makes a call that must not be made twice. */
export function doesWork({ options: { sql } }: Actor, { how, run, done, failed }: HandlerDefinition): boolean {
  const turns = (how === 'task' ? [done, failed] : [run]).filter(body => body !== undefined);
  if (turns.some(body => CHANGES_STATE.test(codeOf(String(body))))) return true;
  if (sql !== undefined && turns.some(body => WRITES_SQL.test(String(body)))) return true;
  return how === 'task' && callsOnce(run);
}

/** Whoever gives the idempotency key to a service has it do something. */
export function callsOnce(run: (...args: never) => unknown): boolean {
  return new HandlerText(run).uses('idempotencyKey') === 'uses';
}
