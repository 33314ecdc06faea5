// Rules about messages: who takes them, who makes them, how they are named, and which stored versions can be read.
import { actorsOf, sagasOf } from '../definitions.ts';
import { codeOf } from '../code-text.ts';
import { contractsOf } from '../wire.ts';
import { partOf } from '../edges.ts';
import type { WiredContract } from '../wiring.ts';
import { isNamedLikeFact, isNamedLikeRequest } from './names.ts';
import type { Checked, Found, Rule } from './rule.ts';

/** The library's own contracts are not the app's to change. */
const isOwn = ({ type }: { readonly type: string }): boolean => !type.startsWith('troupe.');

function contractsIn({ index }: Checked, kind: 'event' | 'command'): readonly WiredContract[] {
  return index.wiring.contracts.filter(contract => contract.kind === kind && isOwn(contract));
}

const partsOf = (handlers: readonly string[]): readonly string[] => [...new Set(handlers.map(partOf))];

/** TR130. The runtime asks the declarations, not what handlers use of them. */
export const unhandledCommands: Rule = function* (checked) {
  const taken = new Set(
    contractsIn(checked, 'command')
      .filter(({ to }) => to.length > 0)
      .map(({ type }) => type),
  );
  for (const [type, senders] of sendersOf(checked)) {
    if (taken.has(type)) continue;
    yield {
      code: 'TR130',
      problem: `The command ${type} has no owner, and ${senders.join(' and ')} ${senders.length > 1 ? 'send' : 'sends'} it.`,
      way: senders.map(at => ({ at, does: 'sends', what: type })),
      parts: senders,
      about: [type],
    };
  }
};

function sendersOf({ definitions, index }: Checked): ReadonlyMap<string, readonly string[]> {
  const actors = actorsOf(definitions).flatMap(({ part: { name, options, handlers } }) =>
    [...(options.sends ?? []), ...handlers.flatMap(handler => handler.options.sends ?? [])].map(
      ({ type }) => [type, name] as const,
    ),
  );
  const sagas = index.wiring.sagas.flatMap(({ name, sends }) => sends.map(type => [type, name] as const));
  const schedules = definitions.schedules.flatMap(({ name, contract }) =>
    contract.kind === 'command' ? [[contract.type, `schedule ${name}`] as const] : [],
  );
  const senders = new Map<string, readonly string[]>();
  for (const [type, name] of [...actors, ...sagas, ...schedules]) {
    if (isOwn({ type })) senders.set(type, [...new Set([...(senders.get(type) ?? []), name])].toSorted());
  }
  return senders;
}

/** TR131. */
export const eventsNeverPublished: Rule = function* (checked) {
  const declared = new Set(declaredEvents(checked));
  const named = new Set(namedTakers(checked));
  for (const { type, to } of contractsIn(checked, 'event')) {
    if (declared.has(type) || !named.has(type)) continue;
    yield {
      code: 'TR131',
      problem: `The event ${type} is handled by ${partsOf(to).join(', ')}, and no part of the app publishes it.`,
      way: to.map(at => ({ at, does: 'handles', what: type })),
      parts: partsOf(to),
      about: [type],
    };
  }
};

function declaredEvents({ definitions, index }: Checked): readonly string[] {
  const actors = actorsOf(definitions).flatMap(({ part: { options, handlers } }) => [
    ...(options.publishes ?? []),
    ...handlers.flatMap(handler => handler.options.publishes ?? []),
  ]);
  const sagas = index.wiring.sagas.flatMap(({ publishes }) => publishes);
  return [...actors, ...definitions.schedules.map(({ contract }) => contract)].map(({ type }) => type).concat(sagas);
}

/** Types that a part takes by name; a pattern takes what there is. */
function namedTakers({ index }: Checked): readonly string[] {
  const handlers = index.wiring.actors.flatMap(actor => actor.handlers);
  const sagas = index.wiring.sagas.flatMap(({ takes }) => takes.map(({ type }) => type));
  return [...handlers.filter(({ pattern }) => pattern === undefined).flatMap(({ takes }) => takes), ...sagas];
}

/** TR132. What a module exposes is there for others. */
export const eventsNeverConsumed: Rule = function* (checked) {
  const exposed = new Set(checked.index.wiring.modules.flatMap(({ exposes }) => exposes));
  for (const { type, from, to } of contractsIn(checked, 'event')) {
    if (from.length === 0 || to.length > 0 || exposed.has(type)) continue;
    yield {
      code: 'TR132',
      problem: `The event ${type} is published by ${partsOf(from).join(', ')}, and nobody subscribes to it.`,
      way: from.map(at => ({ at, does: 'publishes', what: type })),
      parts: partsOf(from),
      about: [type],
    };
  }
};

/** TR140. */
export const upcasterGaps: Rule = function* ({ definitions, index }) {
  for (const { type, version, upcast } of contractsOf(definitions).values()) {
    const parts = index.contract(type);
    if (isOwn({ type })) {
      yield* gapsIn(
        `The contract ${type}`,
        { name: type, version, steps: upcast, by: 'upcast' },
        partsOf([...(parts?.to ?? []), ...(parts?.from ?? [])]),
      );
    }
  }
  for (const { part } of actorsOf(definitions)) {
    const { state, version = 1, migrate = {} } = part.options;
    if (state) {
      yield* gapsIn(`The actor ${part.name}`, { name: part.name, version, steps: migrate, by: 'migrate' }, [part.name]);
    }
  }
  for (const { part } of sagasOf(definitions)) {
    const { version = 1, migrate = {} } = part.options;
    yield* gapsIn(`The saga ${part.name}`, { name: part.name, version, steps: migrate, by: 'migrate' }, [part.name]);
  }
};

interface Versioned {
  readonly name: string;
  readonly version: number;
  readonly steps: Readonly<Record<number, unknown>>;
  readonly by: 'upcast' | 'migrate';
}

function* gapsIn(what: string, { name, version, steps, by }: Versioned, parts: readonly string[]): Iterable<Found> {
  const older = Array.from({ length: version - 1 }, (_, index) => index + 1);
  const missing = older.filter(from => typeof steps[from] !== 'function');
  if (missing.length === 0) return;
  const list = missing.length > 3 ? `${missing[0]} to ${missing.at(-1)}` : missing.join(' and ');
  yield {
    code: 'TR140',
    problem: `${what} has version ${version} and no ${by} from version ${list}.`,
    way: missing.map(from => ({ at: name, does: 'cannot read', what: `version ${from}` })),
    parts,
    about: [name],
  };
}

const CALLS: readonly RegExp[] = [
  /(?<![\w$.])(?:(?:globalThis|window|self)\.)?fetch\s*\(/u,
  /(?<![\w$.])axios\s*[.(]/u,
  /(?<![\w$.])(?:https?|http2|undici)\s*\.\s*(?:get|request|fetch|stream|connect)\s*\(/u,
  /\bnew\s+(?:XMLHttpRequest|WebSocket|EventSource|Promise)\b/u,
  /(?<![\w$.])(?:(?:globalThis|window|self)\.)?(?:setTimeout|setInterval|setImmediate|queueMicrotask)\s*\(/u,
  /(?<![\w$.])process\.nextTick\s*\(/u,
  /\??\.\s*then\s*\(/u,
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

/** TR160. */
export const commandsLikeFacts: Rule = checked => named(checked, 'command', isNamedLikeFact);

/** TR161. */
export const eventsLikeRequests: Rule = checked => named(checked, 'event', isNamedLikeRequest);

function* named(checked: Checked, kind: 'command' | 'event', isWrong: (type: string) => boolean): Iterable<Found> {
  for (const { type, from, to } of contractsIn(checked, kind)) {
    if (!isWrong(type)) continue;
    yield {
      code: kind === 'command' ? 'TR160' : 'TR161',
      problem: `The ${kind} ${type} is named like ${kind === 'command' ? 'a fact' : 'a request'}.`,
      way: [
        ...from.map(at => ({ at, does: kind === 'command' ? 'sends' : 'publishes', what: type })),
        ...to.map(at => ({ at, does: 'handles', what: type })),
      ],
      parts: partsOf([...from, ...to]),
      about: [type],
    };
  }
}
