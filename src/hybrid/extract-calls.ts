// Extract, calls: who waits for whom across the seam of a module, and who calls it from outside.
import { asksOf, usesOf } from './boundaries.ts';
import { sagasOf } from './definitions.ts';
import { HandlerText } from './handler-text.ts';
import { isTimed, placedSteps } from './saga-levels.ts';
import type { ExtractChange, Seam } from './seam.ts';

export function* edge(seam: Seam): Iterable<ExtractChange> {
  for (const { type, inside, others } of seam.report.seam) {
    if (!others.includes('outside')) continue;
    yield {
      code: 'edge-calls',
      what: type,
      where: inside,
      why: 'application code gives it to the runtime, and in `runtime.transaction` it commits with tables of the app',
      fix: 'Call the process of the module instead; where it has to commit with a table, publish an event from there.',
    };
  }
}

export function* asks(seam: Seam): Iterable<ExtractChange> {
  for (const { user, what, owner } of asksOf(seam.app)) {
    if (!seam.isAcross(user, owner)) continue;
    yield {
      code: 'ask-across-seam',
      what,
      where: [user.part],
      why: 'a task waits for the reply, 30 s unless it says otherwise, and the other process may be down for longer',
      fix: 'Give the ask a timeout that fits, or send the command and react to an event.',
    };
  }
}

export function* waits(seam: Seam): Iterable<ExtractChange> {
  for (const { part } of sagasOf(seam.app)) {
    const wired = seam.wiring.sagas.find(({ name }) => name === part.name);
    for (const { level, start, step } of wired ? placedSteps(part, wired) : []) {
      const isAcross = step.kind === 'command' && seam.crosses(step.does, part.name);
      if (!isAcross || step.hasTimeout || isTimed(level, start.node)) continue;
      yield {
        code: 'wait-across-seam',
        what: step.does,
        where: [step.id],
        why: 'the saga waits for the reply without an end, and the other process may be down',
        fix: "Give the step a timeout, `command(…, { timeout: '30s' })`, or the state an `after`.",
      };
    }
  }
}

export function* deferred(seam: Seam): Iterable<ExtractChange> {
  for (const [{ id }, { contract, run, done, failed }] of seam.handlers()) {
    if (contract?.kind !== 'command' || !seam.crossing.has(contract.type)) continue;
    const bodies = [run, done, failed].flatMap(body => (body ? [new HandlerText(body)] : []));
    if (!bodies.some(text => text.uses('deferReply', 'replyTicket') === 'uses')) continue;
    yield {
      code: 'deferred-reply',
      what: contract.type,
      where: [id],
      why: 'the reply comes in a later turn, by a ticket that only this database knows',
      fix: 'Answer at once that the work has begun, and publish an event when it is done.',
    };
  }
}

export function* children(seam: Seam): Iterable<ExtractChange> {
  for (const { kind, user, what, owner } of usesOf(seam.app)) {
    if (kind !== 'saga' || !seam.isAcross(user, owner)) continue;
    yield {
      code: 'child-saga-across-seam',
      what,
      where: [user.part],
      why: 'parent and child undo each other by messages of the library, which stay in one database',
      fix: 'Let the child start on a command of its own, and tell its end in an event.',
    };
  }
}

export function* schedules(seam: Seam): Iterable<ExtractChange> {
  for (const { name, sends } of seam.wiring.schedules) {
    const contract = seam.crossing.get(sends);
    if (contract?.direction !== 'in') continue;
    yield {
      code: 'schedule-across-seam',
      what: sends,
      where: [`schedule ${name}`],
      why: 'schedules belong to the app, and its process would have to reach the module at every slot',
      fix: 'Move the schedule to the app that the module becomes.',
    };
  }
}
