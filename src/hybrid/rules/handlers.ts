// Rule about handlers: what runs in the transaction makes no calls to the world outside.
import { codeOf } from '../code-text.ts';
import { actorsOf, sagasOf } from '../definitions.ts';
import type { Found, Rule } from './rule.ts';

const CALLS: readonly RegExp[] = [
  /(?<![\w$.])(?:(?:globalThis|window|self)\.)?fetch\s*\(/u,
  /(?<![\w$.])axios\s*[.(]/u,
  /(?<![\w$.])(?:https?|http2|undici)\s*\.\s*(?:get|request|fetch|stream|connect)\s*\(/u,
  /\bnew\s+(?:XMLHttpRequest|WebSocket|EventSource|Promise)\b/u,
  /(?<![\w$.])(?:(?:globalThis|window|self)\.)?(?:setTimeout|setInterval|setImmediate|queueMicrotask)\s*\(/u,
  /(?<![\w$.])process\.nextTick\s*\(/u,
  /\??\.\s*(?:then|catch|finally)\s*\(/u,
  /(?<![\w$.])await\b(?!\s*[:=,}])/u,
];

/** TR150. */
export const persistsAndCallsOut: Rule = function* ({ definitions, index }) {
  for (const { part: actor } of actorsOf(definitions)) {
    const handlers = index.actor(actor.name)?.handlers ?? [];
    for (const [at, { how, run, done, failed }] of actor.handlers.entries()) {
      const bodies = how === 'task' ? [done, failed] : [run];
      yield* callsIn(handlers[at]?.id ?? actor.name, bodies, actor.name);
    }
  }
  for (const { part: saga } of sagasOf(definitions)) {
    for (const [name, action] of Object.entries(saga.options.inTransaction ?? {})) {
      yield* callsIn(`${saga.name} -> action ${name}`, [action], saga.name);
    }
  }
};

function* callsIn(at: string, bodies: readonly unknown[], part: string): Iterable<Found> {
  const codes = bodies.filter(body => typeof body === 'function').map(body => codeOf(String(body)));
  const call = codes
    .map(code => CALLS.map(form => form.exec(code)?.[0]).find(found => found !== undefined))
    .find(found => found !== undefined);
  if (call === undefined) return;
  const what = call.replace(/[\s(.]+$/u, '').replace(/^\??\.\s*/u, '.');
  yield {
    code: 'TR150',
    problem: `${at} runs in the transaction and calls out with ${what}.`,
    way: [{ at, does: 'calls', what }],
    parts: [part],
    about: [at, what],
  };
}
