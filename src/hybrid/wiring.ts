// The wiring graph: what the definitions of an app say about who starts, sends, handles and publishes what.

/** A message type as the app knows it. */
export interface WiredContract {
  readonly type: string;
  readonly kind: 'event' | 'command';
  readonly version: number;
  /** The module its owner is in. */
  readonly module: string | undefined;
  /** The handlers, sagas and schedules that publish, send or start it; empty: it comes from outside. */
  readonly from: readonly string[];
  /** The handlers that take it. */
  readonly to: readonly string[];
}

/** One handler of an actor. */
export interface WiredHandler {
  /** `payments:order.placed`, as in traces. */
  readonly id: string;
  readonly part: string;
  readonly how: 'on' | 'task' | 'onAny';
  readonly pattern: string | undefined;
  /** The types it takes; those of a pattern are resolved. */
  readonly takes: readonly string[];
  /** Whether it has a `where`. */
  readonly isFiltered: boolean;
  readonly yields: boolean;
  readonly publishes: readonly string[];
  readonly sends: readonly string[];
  readonly effects: readonly string[];
  /** Handlers of the same actor whose tasks it starts with `ctx.start`. */
  readonly starts: readonly string[];
  /** What of the four lists above only its actor declares, and it may or may not do. */
  readonly possible: readonly string[];
}

/** One actor. */
export interface WiredActor {
  readonly name: string;
  readonly module: string | undefined;
  readonly handlers: readonly WiredHandler[];
}

/** Something a saga's machine has done for it: a command, a task, or a saga of its own. */
export interface WiredStep {
  /** `checkout.paying/charge`. */
  readonly id: string;
  readonly saga: string;
  /** The state that starts it, with the machine it is in. */
  readonly state: string;
  readonly kind: 'command' | 'task' | 'saga';
  /** The type of the command, the name in `setup({ actors })` of a task, the name of the saga. */
  readonly does: string;
  /** The command that takes it back; `false`: there is nothing to take back. */
  readonly undo: string | false | undefined;
  readonly effects: readonly string[];
  readonly hasTimeout: boolean;
  /** The events that may have come before it: those the saga starts on, and those on the way to its state. */
  readonly after: readonly string[];
}

/** One state of a saga's machine, or of a machine nested in it. */
export interface WiredState {
  /** `checkout.paying`; `checkout/collection.waiting` is in the machine that `setup` calls `collection`. */
  readonly path: string;
  readonly isFinal: boolean;
  readonly isCompensating: boolean;
  /** Contracts it takes. */
  readonly waitsFor: readonly string[];
  /** Delays of its `after`. */
  readonly delays: readonly string[];
  /** Steps it starts. */
  readonly steps: readonly string[];
  /** States that its own transitions lead to, whatever their guards say. */
  readonly next: readonly string[];
  /** Whether only events end it: it starts nothing, and neither it nor a state around it has an `after` or `always`. */
  readonly onlyWaits: boolean;
}

/** What a saga does with a message it takes. */
export interface WiredSubscription {
  readonly type: string;
  /** Whether it creates an instance. */
  readonly starts: boolean;
  /** Whether it has a `where`. */
  readonly isFiltered: boolean;
}

/** One saga. */
export interface WiredSaga {
  readonly name: string;
  readonly module: string | undefined;
  readonly takes: readonly WiredSubscription[];
  readonly publishes: readonly string[];
  readonly sends: readonly string[];
  /** The commands it claims. */
  readonly claims: readonly string[];
  readonly steps: readonly WiredStep[];
  readonly states: readonly WiredState[];
}

/** One module. */
export interface WiredModule {
  readonly name: string;
  readonly actors: readonly string[];
  readonly sagas: readonly string[];
  readonly exposes: readonly string[];
}

/** One schedule. */
export interface WiredSchedule {
  readonly name: string;
  readonly sends: string;
}

/** One monitor. */
export interface WiredMonitor {
  readonly name: string;
  readonly module: string | undefined;
  /** The event it waits from. */
  readonly start: string;
  /** The events it waits for, one of them. */
  readonly outcomes: readonly string[];
}

/** One message type from one part to another. */
export interface WiredEdge {
  /** An actor, a saga, `schedule <name>`, or `outside`. */
  readonly from: string;
  /** An actor, a saga, or `outside` where nobody of the app takes it. */
  readonly to: string;
  /** `start`: a saga that starts another. */
  readonly kind: 'event' | 'command' | 'start';
  readonly type: string;
}

/** The wiring of an app: plain data, sorted, the same for the same definitions. */
export interface Wiring {
  readonly contracts: readonly WiredContract[];
  readonly actors: readonly WiredActor[];
  readonly sagas: readonly WiredSaga[];
  readonly modules: readonly WiredModule[];
  readonly monitors: readonly WiredMonitor[];
  readonly schedules: readonly WiredSchedule[];
  /** Which message goes from which part to which. */
  readonly edges: readonly WiredEdge[];
}
