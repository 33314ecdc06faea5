// Contracts: the schema, key and version of a message type, and the message values they make.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkData } from './check.ts';
import { checkDefinition, checkReserved, type ContractParts } from './definition.ts';
import type { Duration } from './duration.ts';
import type { NotJson } from './json.ts';

export { acceptsOwnOutput, checkData, checkReply, keyOf } from './check.ts';

/** What travels: also the shape in which a saga's machine receives an event. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** What a handler of a message without reply returns: a union, because `void` alone would accept an async function. */
export type NoReply = void | undefined;

/** What events and commands share. */
export interface Contract<Type extends string = string, Data = unknown, Reply = unknown> {
  readonly type: Type;
  readonly kind: 'event' | 'command';
  readonly version: number;
  readonly schema: StandardSchemaV1;
  /** The schema of a command's reply. */
  readonly reply: StandardSchemaV1 | undefined;
  /** Steps from older versions, by the version they start from. */
  readonly upcast: Readonly<Record<number, Upcaster>>;
  /** Paths in the data that logs and inspectors hide. */
  readonly sensitive: readonly string[];
  /** The team or person to turn to. */
  readonly owner: string | undefined;
  /** How long messages of this type stay in the log at least. */
  readonly keep: Duration | undefined;
  /** Which instance a message concerns. Method syntax on purpose: keeps `Data` covariant. */
  key(data: Data): string;
  /** Types only; absent at run time. */
  readonly '~types': { readonly data: Data; readonly reply: Reply };
}

/** A fact: any number of subscribers. Call it to make a message value. */
export interface EventContract<Type extends string = string, Data = unknown, Input = Data> extends Contract<
  Type,
  Data,
  NoReply
> {
  (data: Input): Message<Type, Data>;
  readonly kind: 'event';
}

/** A request to one owner. Call it to make a message value. */
export interface CommandContract<
  Type extends string = string,
  Data = unknown,
  Reply = NoReply,
  Input = Data,
> extends Contract<Type, Data, Reply> {
  (data: Input): Message<Type, Data>;
  readonly kind: 'command';
}

/** Any event: the type to constrain with. */
export type AnyEvent = EventContract<string, unknown, never>;
/** Any command: the type to constrain with. */
export type AnyCommand = CommandContract<string, unknown, unknown, never>;
/** Any event or command: the type to constrain with. */
export type AnyContract = Contract;

/** The data a handler gets. */
export type DataOf<C extends AnyContract> = C['~types']['data'];
/** The data a sender gives (defaults of the schema may be left out). */
export type InputOf<C extends AnyContract> = C extends (data: infer Input) => Message ? Input : never;
/** The reply an `ask` resolves to. */
export type ReplyOf<C extends AnyContract> = C['~types']['reply'];
/** The message as a saga's machine sees it: `types: { events: {} as MessageOf<typeof OrderCancelled> }`. */
export type MessageOf<C extends AnyContract> = C extends AnyContract ? Message<C['type'], DataOf<C>> : never;

/** `T` with everything in it readonly. */
export type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
    : T;

/** Turns data of one version into the next. Bivariant on purpose: `old` is `unknown` unless the user annotates it. */
export type Upcaster = { bivarianceHack(old: unknown): unknown }['bivarianceHack'];

/** What a contract says about its messages. */
export interface ContractOptions<Schema extends StandardSchemaV1> {
  /** Any Standard Schema: zod, valibot, arktype … */
  readonly data: Schema;
  /** Which instance a message concerns; without it all messages concern the instance `default`. */
  readonly key?: ((data: NoInfer<Out<Schema>>) => string) | undefined;
  /** The version of the data, from 1. */
  readonly version?: number | undefined;
  /** Steps from older versions, by the version they start from. */
  readonly upcast?: Readonly<Record<number, Upcaster>> | undefined;
  /** Paths in the data that logs and inspectors hide, like `customer.email`. */
  readonly sensitive?: readonly string[] | undefined;
  /** The team or person to turn to. */
  readonly owner?: string | undefined;
  /** How long messages of this type stay in the log at least. */
  readonly keep?: Duration | undefined;
}

type Out<S extends StandardSchemaV1> = StandardSchemaV1.InferOutput<S>;
type In<S extends StandardSchemaV1> = StandardSchemaV1.InferInput<S>;

/** `unknown` if the schema's output is JSON and its own valid input (an upcast validates again), else a sentence. */
export type Storable<S extends StandardSchemaV1, Path extends string> = [NotJson<Out<S>, Path>] extends [never]
  ? [Out<S>] extends [In<S>]
    ? unknown
    : `${Path}: the schema must accept its own output; move the transformation out of the contract`
  : NotJson<Out<S>, Path>;

/** The data option of a contract, checked to be storable. */
export interface StorableData<Schema extends StandardSchemaV1> {
  readonly data: Storable<NoInfer<Schema>, 'data'>;
}

/** The reply option of a command, checked to be storable. */
export interface StorableReply<Reply extends StandardSchemaV1> {
  readonly reply?: (Reply & Storable<NoInfer<Reply>, 'reply'>) | undefined;
}

/**
 * Defines an event: a fact, named in the past tense.
 *
 * @throws TroupeError `invalid-definition`, `reserved-type`, `async-schema`
 */
export function defineEvent<const Type extends string, Schema extends StandardSchemaV1>(
  type: Type,
  options: ContractOptions<Schema> & StorableData<Schema>,
): EventContract<Type, Out<Schema>, In<Schema>> {
  return make(checkDefinition('event', type, options)) as EventContract<Type, Out<Schema>, In<Schema>>;
}

/**
 * Defines a command: a request to exactly one owner, named in the imperative, with the schema of its reply.
 *
 * @throws TroupeError `invalid-definition`, `reserved-type`, `async-schema`
 */
export function defineCommand<
  const Type extends string,
  Schema extends StandardSchemaV1,
  Reply extends StandardSchemaV1 = StandardSchemaV1<NoReply, NoReply>,
>(
  type: Type,
  options: ContractOptions<Schema> & StorableData<Schema> & StorableReply<Reply>,
): CommandContract<Type, Out<Schema>, Out<Reply>, In<Schema>> {
  const contract: unknown = make(checkDefinition('command', type, options));
  return contract as CommandContract<Type, Out<Schema>, Out<Reply>, In<Schema>>;
}

/** Defines one of the library's own events, whose types start with `troupe.`. */
export function defineReservedEvent<const Type extends `troupe.${string}`, Schema extends StandardSchemaV1>(
  type: Type,
  options: ContractOptions<Schema>,
): EventContract<Type, Out<Schema>, In<Schema>> {
  return make(checkReserved('event', type, options)) as EventContract<Type, Out<Schema>, In<Schema>>;
}

/** Defines one of the library's own commands, whose types start with `troupe.`. */
export function defineReservedCommand<const Type extends `troupe.${string}`, Schema extends StandardSchemaV1>(
  type: Type,
  options: ContractOptions<Schema>,
): CommandContract<Type, Out<Schema>, NoReply, In<Schema>> {
  return make(checkReserved('command', type, options)) as CommandContract<Type, Out<Schema>, NoReply, In<Schema>>;
}

function make(parts: ContractParts): unknown {
  const message = (data: unknown): Message => Object.freeze({ type: parts.type, data: checkData(parts, data) });
  Object.defineProperty(message, 'name', { value: parts.type });
  return Object.freeze(Object.assign(message, parts));
}
