// The rules of the lint: what a machine may not contain, why, and what to write instead; the table in docs/sagas.md.

/** One rule. */
export interface LintRule {
  readonly code: LintCode;
  /** A machine that breaks it is refused; a hint is only shown to who asks. */
  readonly level: 'refused' | 'hint';
  /** What the rule finds, and what would happen without it. */
  readonly refuses: string;
  readonly fix: string;
  /** The number of the XState trap it keeps away. */
  readonly trap?: number;
}

/** The stable name of a rule. */
export type LintCode =
  | 'not-a-machine'
  | 'id-dotted'
  | 'id-ambiguous'
  | 'context-not-json'
  | 'delay-unknown'
  | 'delay-invalid'
  | 'guard-unknown'
  | 'action-unknown'
  | 'action-inline'
  | 'action-reserved'
  | 'actor-unknown'
  | 'actor-inline'
  | 'actor-live'
  | 'missing-child-id'
  | 'child-id-shared'
  | 'missing-on-error'
  | 'dead-end'
  | 'stuck-when-done'
  | 'literal-delay'
  | 'auto-invoke-id'
  | 'guarded-on-error'
  | 'child-not-stopped'
  | 'state-unreachable';

/** A place in a machine that breaks a rule. */
export interface Finding {
  readonly code: LintCode;
  /** `checkout.paying -> invoke charge`; `checkout/stock.reserving` lies in the machine of the actor `stock`. */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

export const LINT_RULES: readonly LintRule[] = [
  {
    code: 'not-a-machine',
    level: 'refused',
    refuses: 'something else than a machine of XState v5',
    fix: '`setup({ … }).createMachine({ … })`',
    trap: 32,
  },
  {
    code: 'id-dotted',
    level: 'refused',
    refuses: 'a dot in the id of the machine, in a state key or in the id of a state: stored history would be lost',
    fix: 'a dash',
    trap: 15,
  },
  {
    code: 'id-ambiguous',
    level: 'refused',
    refuses: 'an id by which XState does not find its state again: two states share it, or it contains `#` or `\\`',
    fix: 'another id, or none',
    trap: 15,
  },
  {
    code: 'context-not-json',
    level: 'refused',
    refuses: 'a literal in `context` or `assign` that JSON would change: a `Date`, a `Map`, `NaN`, a class',
    fix: 'milliseconds, an array or a plain object',
    trap: 22,
  },
  {
    code: 'delay-unknown',
    level: 'refused',
    refuses: "a delay that `setup({ delays })` does not have, or `after: { '5m': … }`: it would pass at once",
    fix: '`delays: { patience: 300_000 }`',
    trap: 3,
  },
  {
    code: 'delay-invalid',
    level: 'refused',
    refuses: 'a delay that is no number from 0 and no function: text, `NaN`, infinite, negative',
    fix: 'milliseconds',
    trap: 5,
  },
  {
    code: 'guard-unknown',
    level: 'refused',
    refuses: 'a guard that `setup({ guards })` does not have',
    fix: 'add it, or correct the name',
  },
  {
    code: 'action-unknown',
    level: 'refused',
    refuses: 'an action that `setup({ actions })` does not have',
    fix: 'add it, or correct the name',
  },
  {
    code: 'action-inline',
    level: 'refused',
    refuses: 'a function in the place of an action: it has no name to be stored under until the commit',
    fix: 'name it in `setup({ actions })`; built-in actions stay where they are',
  },
  {
    code: 'action-reserved',
    level: 'refused',
    refuses: 'an action named `xstate.…`',
    fix: 'another name',
  },
  {
    code: 'actor-unknown',
    level: 'refused',
    refuses: 'an invoked or spawned actor that `setup({ actors })` does not have',
    fix: 'add it, or correct the name',
  },
  {
    code: 'actor-inline',
    level: 'refused',
    refuses: 'logic in the place of its name: a stored child could not find it again',
    fix: 'name it in `setup({ actors })`',
  },
  {
    code: 'actor-live',
    level: 'refused',
    refuses: '`fromCallback`, `fromObservable`, `fromEventObservable` and other logic that lives in memory',
    fix: '`command()`, `task()` or a named `fromPromise`; for what keeps coming, an actor with events',
  },
  {
    code: 'missing-child-id',
    level: 'refused',
    refuses: '`spawnChild` without an `id`: every such child would be called `undefined`',
    fix: "`spawnChild('stock', { id: 'stock' })`",
    trap: 14,
  },
  {
    code: 'child-id-shared',
    level: 'refused',
    refuses: 'two actors invoked by one state under one `id`: the second would replace the first',
    fix: 'an id for each',
  },
  {
    code: 'missing-on-error',
    level: 'refused',
    refuses: 'a step that may fail and whose failure nothing takes: the saga would end without compensation',
    fix: '`onError` at the invoke, or a transition on `xstate.error.*` above it',
    trap: 24,
  },
  {
    code: 'dead-end',
    level: 'refused',
    refuses: 'a state to wait in that nothing leaves: the saga would wait for ever',
    fix: "a transition, or `type: 'final'`",
  },
  {
    code: 'stuck-when-done',
    level: 'refused',
    refuses: 'a state whose children come to their end, and nothing follows',
    fix: '`onDone`',
  },
  {
    code: 'literal-delay',
    level: 'hint',
    refuses: '`after: { 1000: … }`: another number is another event, which armed timers do not send',
    fix: 'a named delay',
    trap: 6,
  },
  {
    code: 'auto-invoke-id',
    level: 'hint',
    refuses: 'an invoke without an `id`: an invoke added before it takes over its stored child',
    fix: 'an `id`',
    trap: 19,
  },
  {
    code: 'guarded-on-error',
    level: 'hint',
    refuses: 'a failure that is only taken under a guard: when none passes, the saga ends without compensation',
    fix: 'a last `onError` without a guard',
    trap: 24,
  },
  {
    code: 'child-not-stopped',
    level: 'hint',
    refuses: 'a spawned child that nothing stops: it stays in the snapshot after its end',
    fix: '`stopChild`',
    trap: 30,
  },
  {
    code: 'state-unreachable',
    level: 'hint',
    refuses: 'a state that no transition enters',
    fix: 'a transition to it, or remove it',
  },
];
