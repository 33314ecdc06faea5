// A machine as data: what the generator draws, the shrinker cuts and a report prints; build-machine.ts makes it run.

/** What a guard asks. `throws` is a bug of the user's. */
export type GuardSpec =
  | { readonly kind: 'less'; readonly than: number }
  | { readonly kind: 'named'; readonly than: number }
  | { readonly kind: 'odd' }
  | { readonly kind: 'in'; readonly state: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly GuardSpec[] }
  | { readonly kind: 'not'; readonly of: readonly GuardSpec[] }
  | { readonly kind: 'throws'; readonly below: number };

/** Whom a `send` reaches: an invoked child in reach by its id, or whoever has a system id, or the sender if nobody has. */
export type Recipient =
  | { readonly kind: 'self' | 'parent' }
  | { readonly kind: 'child' | 'system'; readonly id: string };

/** What an action does; `assign` and `bump` do not commute, `take` remembers the event, `note` is a custom action. */
export type ActionSpec =
  | { readonly kind: 'assign' | 'bump' | 'note'; readonly k: number }
  | { readonly kind: 'take' }
  | { readonly kind: 'raise'; readonly type: string; readonly delay?: DelaySpec; readonly id?: string }
  | {
      readonly kind: 'send';
      readonly to: Recipient;
      readonly type: string;
      readonly delay?: DelaySpec;
      readonly id?: string;
    }
  | { readonly kind: 'forward'; readonly to: string }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'emit'; readonly type: string }
  | { readonly kind: 'log'; readonly label: string }
  | {
      readonly kind: 'enqueue';
      readonly check?: GuardSpec;
      readonly yes: readonly ActionSpec[];
      readonly no?: readonly ActionSpec[];
    }
  | ({ readonly kind: 'spawn'; readonly inAssign?: boolean } & ChildSpec)
  | { readonly kind: 'stop'; readonly id: string }
  | { readonly kind: 'throws'; readonly below: number };

/** Milliseconds, or a name in the machine's delays. */
export type DelaySpec = number | 'none' | 'short' | 'long' | 'fromContext';

/** How a child is started, by invoke or by spawnChild. */
export interface ChildSpec {
  /** Without it: XState's own id, which has a dot in it. */
  readonly id?: string;
  readonly src: string;
  readonly input?: number;
  readonly isNamed?: boolean;
}

export interface InvokeSpec extends ChildSpec {
  readonly onDone?: readonly TransitionSpec[];
  readonly onError?: readonly TransitionSpec[];
  readonly onSnapshot?: readonly TransitionSpec[];
}

export interface TransitionSpec {
  /** Keys of states, each unique in its machine; one that does not exist is left out. */
  readonly target?: readonly string[];
  readonly guard?: GuardSpec;
  readonly actions?: readonly ActionSpec[];
  readonly reenter?: boolean;
}

export interface StateSpec {
  readonly key: string;
  readonly kind: 'normal' | 'parallel' | 'final' | 'shallow' | 'deep';
  /** Named by an id of its own instead of its path. */
  readonly hasId?: boolean;
  readonly initial?: string;
  readonly states?: readonly StateSpec[];
  /** Where a history state leads that has nothing to remember. */
  readonly fallback?: string;
  readonly on?: Readonly<Record<string, readonly TransitionSpec[]>>;
  readonly always?: readonly TransitionSpec[];
  readonly after?: Readonly<Record<string, readonly TransitionSpec[]>>;
  readonly onDone?: readonly TransitionSpec[];
  readonly entry?: readonly ActionSpec[];
  readonly exit?: readonly ActionSpec[];
  readonly invoke?: readonly InvokeSpec[];
  readonly tags?: readonly string[];
  readonly hasOutput?: boolean;
}

/** A nested machine, a durable child that the harness settles, or a transition function. */
export type ActorSpec =
  | { readonly kind: 'machine'; readonly machine: MachineSpec }
  | { readonly kind: 'leaf' }
  | { readonly kind: 'transition' };

export interface MachineSpec {
  readonly id: string;
  readonly root: StateSpec;
  readonly actors: Readonly<Record<string, ActorSpec>>;
}

/** What a case does to its machine, one after the other. `which` counts round the children that can be settled. */
export type Act =
  | { readonly kind: 'event'; readonly type: string; readonly v: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'settle'; readonly which: number; readonly isOk: boolean; readonly v: number }
  | { readonly kind: 'stale'; readonly which: number; readonly v: number };

export interface Case {
  readonly machine: MachineSpec;
  readonly acts: readonly Act[];
  /** From where the durable side goes on: its JSON text, its memory, or one after the other. */
  readonly from: 'text' | 'memory' | 'both';
}

/** Events that come from outside only; every transition for anything else costs fuel, so that no case runs for ever. */
export const OUTER: readonly string[] = ['out.a', 'out.b', 'out.c'];

/** Events that machines send to each other and to themselves. */
export const INNER: readonly string[] = ['in.x', 'in.y', 'in.z'];

export interface Context {
  readonly a: number;
  readonly fuel: number;
  readonly last: unknown;
}
