// Rules about messages: who takes them, who makes them, and how they are named.
import { actorsOf } from '../definitions.ts';
import { partOf } from '../edges.ts';
import type { WiredContract } from '../wiring.ts';
import { isNamedLikeFact, isNamedLikeRequest } from '../message-names.ts';
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
      problem: `The command ${type} has no owner, and is sent by ${senders.join(' and ')}.`,
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
