// defineSaga: an XState machine as a durable orchestrator, as inert data.
import type { Database } from 'better-sqlite3';
import type {
  AnyStateMachine,
  ContextFrom,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  OutputFrom,
  StateValueFrom,
  TagsFrom,
} from 'xstate';
import { checkName } from '../runtime/message/address.ts';
import type {
  AnyCommand,
  AnyContract,
  AnyEvent,
  Contract,
  DataOf,
  EventContract,
  Message,
  NoReply,
} from '../runtime/message/contract.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { Waiver } from '../runtime/message/waiver.ts';
import type { ActionName, SqlOf, SqlOption, TransactionActions } from './in-transaction.ts';
import { assertDurable } from './lint.ts';
import { assertEngine } from './engine-check.ts';
import { checkBinding, checkContract, checkOptions, checkTransactionActions, refuse } from './saga-checks.ts';
import type { StoredMachine } from './stored-machine.ts';

/** What the rest of the API needs to know of a machine. */
export interface SagaTypes {
  readonly input: unknown;
  readonly context: unknown;
  readonly output: unknown;
  readonly state: unknown;
  readonly tag: string;
  readonly events: Message;
}

/** The events a machine declares, as contracts. */
type Accepted<E extends Message> = string extends E['type']
  ? AnyEvent
  : E extends Message<infer Type, infer Data>
    ? EventContract<Type, Data, never>
    : never;
type Events<M extends AnyStateMachine> = string extends EventFromLogic<M>['type']
  ? Message
  : Extract<EventFromLogic<M>, Message>;

type NotDeclared<Type extends string> = `the machine emits '${Type}': add its contract here`;

/**
 * `unknown` when every event the machine may emit is in `publishes` with the same data; else a sentence at the
 * option.
 */
export type Published<M extends AnyStateMachine, P extends readonly AnyEvent[]> = string extends EmittedFrom<M>['type']
  ? unknown
  : [Exclude<EmittedFrom<M>['type'], P[number]['type']>] extends [never]
    ? [EmittedFrom<M>] extends [
        P[number] extends infer C ? (C extends AnyEvent ? Message<C['type'], DataOf<C>> : never) : never,
      ]
      ? unknown
      : { readonly publishes: `types.emitted has other data than the contract of '${EmittedFrom<M>['type']}'` }
    : {
        readonly publishes: NotDeclared<Exclude<EmittedFrom<M>['type'], P[number]['type']>>;
      };

/** A command that a saga orchestrates, where its key is another than that of the saga. */
export interface ClaimedCommand {
  readonly command: AnyCommand;
  /** From the data of the message that starts the saga, or the input another saga starts it with. */
  readonly key: (data: never) => string;
}

/** What a saga declares. */
export interface SagaOptions<
  M extends AnyStateMachine,
  P extends readonly AnyEvent[],
  Sql extends SqlOption = SqlOption,
> {
  /** A plain XState machine; states tagged `compensate` undo the completed steps when the machine ends in them. */
  readonly machine: M;
  /** The version of the machine, from 1. */
  readonly version?: number | undefined;
  /** The events the machine emits; the saga is their owner. */
  readonly publishes?: P | undefined;
  /**
   * Steps from older versions, by the version they start from; `migration()` makes one of helpers. Without a path the
   * instance is held.
   */
  readonly migrate?: Readonly<Record<number, (stored: StoredMachine) => unknown>> | undefined;
  /** Checked before every commit: false or a sentence fails the turn. */
  readonly invariant?: ((context: ContextFrom<M>) => boolean | string) | undefined;
  /**
   * The commands whose work this saga claims while it runs: a handler that `yieldsTo: 'orchestrator'` leaves it to the
   * saga. The key of the work is the key of the instance, or what `key` says.
   */
  readonly orchestrates?: readonly (AnyCommand | ClaimedCommand)[] | undefined;
  /** Named actions that run in the transaction of their turn, by their name; the others run after it, at least once. */
  readonly inTransaction?: TransactionActions<ContextFrom<M>, EventFromLogic<M>, SqlOf<Sql>, ActionName<M>> | undefined;
  /** These actions write tables through `sql`: `true` for a better-sqlite3 Database, or what to make of one. */
  readonly sql?: Sql | undefined;
  /**
   * An event for an instance that does not exist. `wait` puts it aside until the instance starts, for 7 days at most;
   * `start` creates the instance with the event's data as input. Default `deadLetter`.
   */
  readonly unknown?: 'wait' | 'deadLetter' | 'ignore' | 'start' | undefined;
  /** An event for an instance that has ended. Default `record`: it shows in the trace. */
  readonly late?: 'record' | 'deadLetter' | 'ignore' | undefined;
  /**
   * An event the current state does not accept. `stash` puts it aside until the state changes, before everything that
   * came later. Default `ignore`: it shows in the trace.
   */
  readonly unhandled?: 'ignore' | 'stash' | 'deadLetter' | undefined;
  /** The name stored work of this saga had before. */
  readonly renamedFrom?: string | undefined;
  /** Findings of `check` that are right here, each with its reason. */
  readonly allow?: readonly Waiver[] | undefined;
}

/** The options of a saga whose types are not known. */
export interface SagaSettings extends Omit<
  SagaOptions<AnyStateMachine, readonly AnyEvent[]>,
  'inTransaction' | 'sql' | 'invariant'
> {
  readonly invariant?: ((context: never) => boolean | string) | undefined;
  readonly inTransaction?: TransactionActions<never, never, never> | undefined;
  readonly sql?: true | ((database: Database) => unknown) | undefined;
}

/** Which instance an event concerns. */
export interface Correlation<Data> {
  /** Default: the contract's key. */
  readonly correlate?: ((data: Data) => string) | undefined;
  /** Take only what this accepts. It is for the event, given at `startsOn` or at `on`: the two are one subscription. */
  readonly where?: ((data: Data) => boolean) | undefined;
}

/** One event a saga takes, as data. */
export interface Binding {
  readonly contract: AnyContract;
  readonly toInput: ((data: never, envelope: Envelope) => unknown) | undefined;
  readonly isDelivered: boolean;
  readonly correlate: ((data: never) => string) | undefined;
  readonly where: ((data: never) => boolean) | undefined;
}

/** An orchestrator: each call returns a new definition of the same type. */
export interface Saga<T extends SagaTypes = SagaTypes> {
  readonly kind: 'saga';
  readonly name: string;
  readonly options: SagaSettings;
  readonly bindings: readonly Binding[];
  /**
   * Creates an instance if its key has none; the message is then delivered to the machine if it accepts its type. A
   * command must have no reply: none would come.
   */
  startsOn<C extends Contract<string, unknown, NoReply>>(
    contract: C,
    toInput: (data: DataOf<C>, envelope: Envelope) => T['input'],
    options?: Correlation<DataOf<C>>,
  ): Saga<T>;
  /** Delivers an event to the instance it concerns. */
  on<C extends Accepted<T['events']>>(event: C, options?: Correlation<DataOf<C>>): Saga<T>;
  /** Types only; absent at run time. */
  readonly '~types': T;
}

/**
 * Defines a saga: a durable XState v5 machine for one business transaction.
 *
 * @example
 * ```ts
 * const checkout = defineSaga('checkout', { machine, publishes: [OrderConfirmed] }).startsOn(OrderPlaced, (order) =>
 * order).on(OrderCancelled);
 * ```
 *
 * @throws TroupeError `invalid-definition`, `saga-refused`
 */
export function defineSaga<
  M extends AnyStateMachine,
  const P extends readonly AnyEvent[] = [],
  Sql extends SqlOption = SqlOption,
>(
  name: string,
  options: SagaOptions<M, P, Sql> & Published<NoInfer<M>, NoInfer<P>>,
): Saga<{
  input: InputFrom<M>;
  context: ContextFrom<M>;
  output: OutputFrom<M>;
  state: StateValueFrom<M>;
  tag: TagsFrom<M>;
  events: Events<M>;
}> {
  checkName(name, 'a saga');
  checkOptions(name, options);
  assertEngine();
  assertDurable(name, options.machine);
  checkTransactionActions(name, options);
  return make(name, options, []) as Saga<{
    input: InputFrom<M>;
    context: ContextFrom<M>;
    output: OutputFrom<M>;
    state: StateValueFrom<M>;
    tag: TagsFrom<M>;
    events: Events<M>;
  }>;
}

function make(name: string, options: object, bindings: readonly Binding[]): unknown {
  const add = (binding: Binding): unknown => make(name, options, merge(name, bindings, binding));
  return Object.freeze({
    kind: 'saga',
    name,
    options,
    bindings,
    startsOn: (contract: AnyContract, toInput: Binding['toInput'], options: Correlation<never> = {}) => {
      const { correlate, where } = options;
      checkContract(name, contract);
      checkBinding(`${name}.startsOn(${contract.type})`, options);
      if (typeof toInput !== 'function') {
        throw refuse(`${name}.startsOn(${contract.type}) has no input function`, 'Pass data => input.');
      }
      if (contract.reply !== undefined) {
        const remedy = 'Start it on an event, or on a command without a reply.';
        throw refuse(`${name}.startsOn(${contract.type}) would owe a reply, and a saga gives none`, remedy);
      }
      if (contract.kind === 'command' && where) {
        throw refuse(
          `${name}.startsOn(${contract.type}) filters a command`,
          'Send it only where the saga is to start.',
        );
      }
      return add({ contract, toInput, isDelivered: false, correlate, where });
    },
    on: (contract: AnyContract, options: Correlation<never> = {}) => {
      const { correlate, where } = options;
      checkContract(name, contract);
      checkBinding(`${name}.on(${contract.type})`, options);
      return add({ contract, toInput: undefined, isDelivered: true, correlate, where });
    },
  });
}

/** `.startsOn(E)` and `.on(E)` are one subscription. */
function merge(name: string, bindings: readonly Binding[], added: Binding): readonly Binding[] {
  const known = bindings.find(({ contract }) => contract === added.contract);
  if (!known) return [...bindings, added];
  if (known.where && added.where && known.where !== added.where) {
    const problem = `${name} filters ${added.contract.type} twice, and takes it once`;
    throw refuse(problem, 'Give one where, at startsOn or at on.');
  }
  const merged: Binding = {
    contract: known.contract,
    toInput: known.toInput ?? added.toInput,
    isDelivered: known.isDelivered || added.isDelivered,
    correlate: added.correlate ?? known.correlate,
    where: added.where ?? known.where,
  };
  return bindings.map(binding => (binding === known ? merged : binding));
}
