// The codes of `check`: what each finds, why it matters and how it is mended; the table in docs/hybrid.md.

/** How much a finding weighs: an error stops the start in development; hints are only given to who asks for them. */
export type Level = 'error' | 'warning' | 'hint';

/** The stable name of a rule of `check`. */
export type CheckCode =
  | 'TR101'
  | 'TR102'
  | 'TR103'
  | 'TR104'
  | 'TR105'
  | 'TR106'
  | 'TR107'
  | 'TR110'
  | 'TR111'
  | 'TR120'
  | 'TR121'
  | 'TR122'
  | 'TR123'
  | 'TR124'
  | 'TR125'
  | 'TR130'
  | 'TR131'
  | 'TR132'
  | 'TR140'
  | 'TR150'
  | 'TR160'
  | 'TR161'
  | 'TR170'
  | 'TR171'
  | 'TR190';

/** One rule of `check`. */
export interface CheckRule {
  readonly code: CheckCode;
  readonly name: string;
  /** Where a finding is only possible, not certain, an error becomes a warning. */
  readonly level: Level;
  readonly finds: string;
  readonly why: string;
  /** What to do, one of them. */
  readonly fixes: readonly string[];
}

export const CHECK_RULES: readonly CheckRule[] = [
  {
    code: 'TR101',
    name: 'double-trigger',
    level: 'error',
    finds: 'a saga commands an actor that does the same work when it hears an event of the same flow',
    why: 'the work is done twice; deduplication cannot see it, because the two messages have different ids',
    fixes: [
      'remove the handler of the event, and let the saga command the work',
      "let the handler give way: `yieldsTo: 'orchestrator'` on it and `orchestrates: [Command]` on the saga",
      'take the command out of the saga, and let it wait for the event that tells the result',
      'say what each handler does (`publishes`, `sends`, `effect`) where the work is not the same',
    ],
  },
  {
    code: 'TR102',
    name: 'indirect-double-trigger',
    level: 'error',
    finds: 'a saga commands work that a chain of reactions to an event of the same flow ends in, too',
    why: 'the work is done twice, and no single definition shows it',
    fixes: [
      'break the chain where it leads into the work',
      "let the handler that begins it give way: `yieldsTo: 'orchestrator'` on it and `orchestrates` on the saga",
      'take the command out of the saga, and let it wait for the event that tells the result',
    ],
  },
  {
    code: 'TR103',
    name: 'two-orchestrators',
    level: 'error',
    finds: 'two sagas that start on the same event send the same command',
    why: 'each believes to be the only one: the work is done twice, and undone twice',
    fixes: ['let one saga own the step', 'start them on different events, or on disjoint ones with `where`'],
  },
  {
    code: 'TR104',
    name: 'shared-start',
    level: 'hint',
    finds: 'an actor that a saga commands also hears an event of the same flow, and names no work that both do',
    why: 'which of the two comes first is not decided: neither may rely on the other',
    fixes: [
      'nothing, where the two do different things that do not depend on each other',
      'name the work on both with `effect`, where they do the same: it is a double trigger (TR101) then',
      'let the saga command both',
    ],
  },
  {
    code: 'TR105',
    name: 'yields-to-nobody',
    level: 'warning',
    finds: 'a handler yields to an orchestrator, and no saga claims work of its actor',
    why: 'it never gives way, though it says so',
    fixes: ['add `orchestrates: [Command]` to the saga that takes over', 'remove `yieldsTo`'],
  },
  {
    code: 'TR106',
    name: 'claims-without-sending',
    level: 'warning',
    finds: 'a saga claims a command that its machine never sends',
    why: 'handlers give way to it, and nobody does the work',
    fixes: ['invoke the command in the machine', 'remove it from `orchestrates`'],
  },
  {
    code: 'TR107',
    name: 'effect-by-two-reactions',
    level: 'error',
    finds: 'one event leads to the same named effect twice: in handlers, or in tasks of sagas',
    why: 'the effect happens twice for every such event',
    fixes: ['keep one of them', 'name the effects differently where they are not the same'],
  },
  {
    code: 'TR110',
    name: 'event-cycle',
    level: 'warning',
    finds: 'events that cause each other in a circle, without a command, a timer or a saga in it',
    why: 'nothing ends it but the limit of 64 hops, and then with a dead letter',
    fixes: ['break the circle with a command to one owner', 'let a saga decide when it is over'],
  },
  {
    code: 'TR111',
    name: 'passive-aggressive-event',
    level: 'hint',
    finds: 'an event with one subscriber, whose answer its publisher waits for',
    why: 'it is a command in disguise: the publisher depends on what the subscriber does and does not say so',
    fixes: ['make it a command with a reply', 'let the publisher not care who answers'],
  },
  {
    code: 'TR120',
    name: 'wait-without-timeout',
    level: 'warning',
    finds: 'a state that only waits for events, with no `after` in it or around it',
    why: 'where the event never comes the saga waits for ever, and nobody is told',
    fixes: ['add `after: { patience: … }` with a named delay', 'say with `allow` why it may wait for ever'],
  },
  {
    code: 'TR121',
    name: 'task-without-timeout',
    level: 'hint',
    finds: 'a task step without a timeout, in a state without `after`',
    why: 'a call that hangs holds the saga until the process is restarted',
    fixes: ["`task(run, { timeout: '20s' })`", 'an `after` in the state'],
  },
  {
    code: 'TR122',
    name: 'step-without-undo',
    level: 'warning',
    finds: 'a step that does work and has no `compensate`, in a saga that undoes others when a later step fails',
    why: 'the saga ends half undone',
    fixes: ['add `compensate` to the step', 'say `compensate: false` where there is nothing to undo'],
  },
  {
    code: 'TR123',
    name: 'undo-never-runs',
    level: 'warning',
    finds: 'steps with `compensate` in a machine that has no state tagged `compensate`',
    why: 'what was done stays done whatever happens later',
    fixes: ["tag the final state of the failure: `tags: 'compensate'`", 'remove `compensate`'],
  },
  {
    code: 'TR124',
    name: 'saga-too-big',
    level: 'warning',
    finds: 'a saga with more than 30 states or 10 participants',
    why: 'an orchestrator that knows everything becomes the monolith that services were to avoid',
    fixes: ['move a part into a child saga', 'let what nobody waits for react to events'],
  },
  {
    code: 'TR125',
    name: 'independent-steps',
    level: 'hint',
    finds: 'two steps one after the other, of which the second reads nothing that the first brings',
    why: 'they could run at the same time',
    fixes: ['a parallel state', 'nothing, where the order itself matters'],
  },
  {
    code: 'TR130',
    name: 'unhandled-command',
    level: 'error',
    finds: 'a command that is sent and has no owner in the app',
    why: 'the runtime refuses to start',
    fixes: ['add the actor with the handler', 'remove it from `sends`'],
  },
  {
    code: 'TR131',
    name: 'event-never-published',
    level: 'hint',
    finds: 'an event that is handled and that no part of the app publishes',
    why: 'right for what comes from outside; else the handler never runs',
    fixes: ['publish it from outside with `runtime.publish`', 'declare it in `publishes` of its owner'],
  },
  {
    code: 'TR132',
    name: 'event-never-consumed',
    level: 'hint',
    finds: 'an event that is published and that nobody subscribes to',
    why: 'right for what others may use later; else a subscription is missing',
    fixes: ['subscribe to it', 'remove it'],
  },
  {
    code: 'TR140',
    name: 'upcaster-gap',
    level: 'warning',
    finds: 'a version above 1 without steps from every older one',
    why: 'what an older version has stored cannot be read, and its instance or message is held',
    fixes: ['add the missing `upcast` or `migrate` step', 'say with `allow` that no such version was ever stored'],
  },
  {
    code: 'TR150',
    name: 'persists-and-calls-out',
    level: 'warning',
    finds: 'a handler in the transaction that calls out: `fetch`, `await`, `.then`, a timer of Node.js',
    why: 'the call is not undone with the turn, and is lost or repeated in a crash',
    fixes: ['use `.task` with `run` and `done`', 'publish an event, and call out in its subscriber'],
  },
  {
    code: 'TR160',
    name: 'command-not-imperative',
    level: 'warning',
    finds: 'a command named like a fact: `payment.charged`',
    why: 'who reads it takes it for an event, and subscribes',
    fixes: ['name what is to be done: `payment.charge`', 'make it an event'],
  },
  {
    code: 'TR161',
    name: 'event-not-past',
    level: 'warning',
    finds: 'an event named like a request: `order.place`',
    why: 'who reads it takes it for a command with one owner',
    fixes: ['name what has happened: `order.placed`', 'make it a command'],
  },
  {
    code: 'TR170',
    name: 'private-contract',
    level: 'error',
    finds: 'a contract of a module that another part uses and that the module does not expose',
    why: 'the boundary is what makes the module movable; the runtime refuses to start',
    fixes: ['add it to `exposes`', 'use an exposed contract instead', 'move the part into the module'],
  },
  {
    code: 'TR171',
    name: 'module-cycle',
    level: 'hint',
    finds: 'modules that need each other in a circle',
    why: 'none of them can be moved out without the others',
    fixes: ['turn one of the needs round with an event', 'make them one module'],
  },
  {
    code: 'TR190',
    name: 'unused-waiver',
    level: 'warning',
    finds: 'an `allow` that matches no finding',
    why: 'it would hide the next one',
    fixes: ['remove it', 'correct its `code` or its `about`, or put it where the finding is'],
  },
];
