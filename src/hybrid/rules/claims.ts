// Who has the right to a piece of work: two sagas with one command, and claims that meet nobody: TR103, TR105, TR106.
import { familiesOf, type Family } from '../duties.ts';
import type { WayStep } from '../finding.ts';
import type { WiringIndex } from '../wire.ts';
import { yieldedBy } from '../wired-actor.ts';
import type { WiredHandler } from '../wiring.ts';
import { isForMany } from '../message-names.ts';
import type { Found, Rule } from './rule.ts';

export const claims: Rule = function* ({ definitions, index }) {
  const families = familiesOf(definitions, index);
  yield* twoOrchestrators(families);
  yield* yieldsToNobody(index);
  yield* claimsWithoutSending(families, index);
};

function* twoOrchestrators(families: readonly Family[]): Iterable<Found> {
  for (const [at, one] of families.entries()) {
    for (const other of families.slice(at + 1)) {
      const starts = sharedStarts(one, other);
      const [event] = starts;
      const theirs = other.commands({ undos: false });
      const commands = [...one.commands({ undos: false })]
        .filter(command => theirs.has(command) && !isForMany(command))
        .toSorted();
      if (event === undefined || commands.length === 0) continue;
      const [first, second] = [one.root, other.root];
      const sent = commands.join(' and ');
      yield {
        code: 'TR103',
        problem: `${first.name} and ${second.name} both start on ${event.type}, and both send ${sent}.`,
        way: [...wayOf(one, event.type, commands), ...wayOf(other, event.type, commands)],
        parts: [first.name, second.name],
        about: [...starts.map(({ type }) => type), ...commands],
        isPossible: starts.every(({ isFiltered }) => isFiltered),
      };
    }
  }
}

/** The events that both start on. With `where` on both sides they are taken to part it among them. */
export function sharedStarts(
  one: Family,
  other: Family,
): readonly { readonly type: string; readonly isFiltered: boolean }[] {
  return one.root.takes.flatMap(({ type, starts, isFiltered }) => {
    const its = other.root.takes.find(taken => taken.type === type && taken.starts);
    if (!starts || !its || (isFiltered && its.isFiltered)) return [];
    return [{ type, isFiltered: isFiltered || its.isFiltered }];
  });
}

function wayOf({ root, duties }: Family, event: string, commands: readonly string[]): readonly WayStep[] {
  const sent = commands.flatMap(command => duties.find(duty => duty.command === command && !duty.isUndo)?.way ?? []);
  return [{ at: root.name, does: 'starts on', what: event }, ...sent];
}

function* yieldsToNobody(index: WiringIndex): Iterable<Found> {
  const claimed = new Set(index.wiring.sagas.flatMap(saga => saga.claims));
  for (const handler of index.handlers.values()) {
    const commands = yieldedBy(handler);
    if (!handler.yields || commands.some(command => claimed.has(command))) continue;
    yield {
      code: 'TR105',
      problem: `${handler.id} yields to an orchestrator, and no saga claims ${orListOf(commands)}.`,
      way: [{ at: handler.id, does: 'yields', what: commands[0] ?? 'nothing' }],
      parts: [handler.part],
      about: [handler.id, ...handler.takes, ...commands],
    };
  }
}

function orListOf(commands: readonly string[]): string {
  return commands.length === 0
    ? 'anything: its actor owns no command, and it declares none in sends'
    : commands.join(' or ');
}

/** A claim of a saga is carried out by it, or by a saga it starts. */
function* claimsWithoutSending(families: readonly Family[], index: WiringIndex): Iterable<Found> {
  for (const saga of index.wiring.sagas) {
    const own = families.filter(({ members }) => members.includes(saga));
    const sent = new Set([...saga.sends, ...own.flatMap(family => [...family.commands({ undos: true })])]);
    for (const command of saga.claims.filter(one => !sent.has(one))) {
      const yielding = yieldingTo(index, command);
      yield {
        code: 'TR106',
        problem: `${saga.name} claims ${command}, and neither it nor a saga it starts sends it.`,
        way: [
          { at: saga.name, does: 'claims', what: command },
          ...yielding.map(({ id }) => ({ at: id, does: 'yields', what: command })),
        ],
        parts: [...new Set([saga.name, ...yielding.map(({ part }) => part)])],
        about: [command],
      };
    }
  }
}

function yieldingTo(index: WiringIndex, command: string): readonly WiredHandler[] {
  return [...index.handlers.values()].filter(handler => yieldedBy(handler).includes(command));
}
