// Samples: the data with which a model of a saga is explored, checked against the contracts of the saga.
import { TroupeError } from '../runtime/errors.ts';
import { checkData, checkReply, keyOf, type AnyCommand, type AnyContract } from '../runtime/message/contract.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import type { ReplyError } from '../runtime/turn/decision.ts';
import { childContracts, type ChildOutcome, type StartChild } from './child-contracts.ts';
import { undoOf, type LeafDefinition } from './leaf.ts';
import { programOf, type Program } from './program.ts';
import type { Saga } from './saga.ts';

/** Samples as they are given. */
export interface Samples {
  /** By the type of an event: its data. */
  readonly events?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** What another saga starts it with. */
  readonly inputs?: readonly unknown[] | undefined;
  /** Commands with replies, child sagas with outputs; an Error is a fault. What is not named here only fails. */
  readonly replies?: readonly (readonly [of: AnyCommand | Saga, replies: readonly unknown[]])[] | undefined;
  /** By the name of a task in `setup({ actors })`: its outputs; an Error is a failure. */
  readonly tasks?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

/** How a command, a child saga or a task ends in a sample. */
export type Answer =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: ReplyError };

/** Data of an event, or of the command that starts a child, as it is stored. */
export interface EventSample {
  readonly contract: AnyContract;
  readonly title: string;
  readonly isStart: boolean;
  readonly data: Json;
}

/** The key of a child that takes no events. */
const CHILD_KEY = 'path';

const FAULT = new Error('the sample fault');

export class SampleBook {
  /** The instance all events concern. */
  readonly key: string;
  readonly events: readonly EventSample[];
  readonly #what: string;
  readonly #program: Program;
  readonly #replies = new Map<string, readonly Answer[]>();
  readonly #tasks = new Map<string, readonly Answer[]>();

  /** @throws TroupeError `invalid-options` */
  constructor(saga: Saga, { events = {}, inputs = [], replies = [], tasks = {} }: Samples) {
    this.#what = `sagaPaths(${saga.name})`;
    this.#program = programOf(saga);
    const taken = this.#readEvents(saga, events);
    this.key = this.#keyOfAll(saga, taken);
    this.events = [...this.#readInputs(saga, inputs), ...taken];
    if (!this.events.some(({ isStart }) => isStart)) throw this.#noStart(saga);
    for (const [of, given] of replies) this.#readReplies(of, given);
    for (const [name, outputs] of Object.entries(tasks)) this.#readTask(name, outputs);
  }

  /** How a step may end. */
  answersTo(leaf: LeafDefinition, src: string): readonly Answer[] {
    const fault = [toFault(FAULT)];
    if (leaf.kind === 'task') return this.#tasks.get(src) ?? fault;
    return this.#replies.get(leaf.kind === 'command' ? leaf.contract.type : startOf(leaf.saga)) ?? fault;
  }

  /** How a command ends that no state waits for: as it should. */
  answerAside(leaf: LeafDefinition, isUndo: boolean): Answer {
    if (leaf.kind === 'saga') return outcome(isUndo ? 'compensated' : 'cancelled', null);
    const contract = isUndo ? undoOf(leaf)?.send : leaf.kind === 'command' ? leaf.contract : undefined;
    const known = this.#replies.get(contract?.type ?? '') ?? [];
    const good = known.find(({ ok }) => ok);
    if (good) return good;
    if (contract?.reply === undefined) return { ok: true, value: undefined };
    if (!isUndo) return known[0] ?? toFault(FAULT);
    throw this.#refuse(`has no reply to ${contract.type}, which undoes a step`, 'Add one to replies.');
  }

  #readEvents({ bindings }: Saga, events: NonNullable<Samples['events']>): readonly EventSample[] {
    const known = bindings.map(({ contract }) => contract.type);
    const unknown = Object.keys(events).find(type => !known.includes(type));
    if (unknown !== undefined) {
      throw this.#refuse(`takes no ${unknown}`, `Give samples of ${known.join(', ')}.`);
    }
    return bindings.flatMap(({ contract, toInput, where }) => {
      const { type } = contract;
      const given = this.#list(events[type] ?? [], `events['${type}']`);
      const isStart = toInput !== undefined;
      return given.map((data, at) => {
        const checked = this.#check(type, at, () => checkData(contract, data));
        if (where && !this.#check(type, at, () => where(checked as never))) {
          throw this.#refuse(`never gets sample ${at + 1} of ${type}: its where refuses it`, 'Give one it accepts.');
        }
        return { contract, title: type, isStart, data: checked };
      });
    });
  }

  #readInputs({ name }: Saga, inputs: readonly unknown[]): readonly EventSample[] {
    const contract = childContracts(name).start;
    return this.#list(inputs, 'inputs').map((given, at) => {
      const input = this.#check('the input', at, () => toFrozenJson(given ?? null, 'input'));
      const data: StartChild = { key: this.key, by: this.key, input };
      return { contract, title: 'start', isStart: true, data: data as unknown as Json };
    });
  }

  #noStart({ bindings }: Saga): TroupeError {
    const starts = bindings.filter(({ toInput }) => toInput).map(({ contract }) => contract.type);
    const remedy = starts.length === 0 ? 'Add one to inputs.' : `Add data of ${starts.join(' or ')} to events.`;
    return this.#refuse('has no sample that starts an instance', remedy);
  }

  #keyOfAll({ bindings }: Saga, samples: readonly EventSample[]): string {
    const keys = samples.map(({ contract, data }) => {
      const correlate = bindings.find(one => one.contract === contract)?.correlate;
      const nth = samples.filter(one => one.contract === contract).findIndex(one => one.data === data);
      const { type } = contract;
      return {
        type,
        key: this.#check(type, nth, () => (correlate ? correlate(data as never) : keyOf(contract, data))),
      };
    });
    const { key = CHILD_KEY } = keys.find((_, at) => samples[at]?.isStart) ?? keys[0] ?? {};
    const other = keys.find(one => one.key !== key);
    if (!other) return key;
    throw this.#refuse(`has a sample of ${other.type} for '${other.key}', not for '${key}'`, 'Give all the same key.');
  }

  #readReplies(of: AnyCommand | Saga, given: readonly unknown[]): void {
    const isSaga = of?.kind === 'saga';
    const type = isSaga ? startOf(of) : of?.type;
    const sent = this.#program.sends().find(contract => contract.type === type);
    const name = isSaga ? of.name : type;
    if (!sent) throw this.#refuse(`never sends ${name}`, 'Drop its replies.');
    const answers = this.#list(given, `replies to ${name}`).map((reply, at) => {
      if (reply instanceof Error) return isSaga ? outcome('failed', null, reply) : toFault(reply);
      if (isSaga) {
        return outcome(
          'done',
          this.#check(name, at, () => toFrozenJson(reply ?? null, 'output')),
        );
      }
      return { ok: true, value: this.#check(name, at, () => checkReply(sent, reply)) } as const;
    });
    this.#replies.set(sent.type, answers);
  }

  #readTask(name: string, outputs: readonly unknown[]): void {
    const known = this.#program.tasks().map(({ src }) => src);
    if (!known.includes(name)) {
      throw this.#refuse(`has no task ${name}`, known.length === 0 ? 'Drop it.' : `Its tasks: ${known.join(', ')}.`);
    }
    const answers = this.#list(outputs, `tasks.${name}`).map((output, at): Answer => {
      if (output instanceof Error) return toFault(output);
      return { ok: true, value: this.#check(name, at, () => toFrozenJson(output ?? null, 'output')) };
    });
    this.#tasks.set(name, answers);
  }

  #list(given: unknown, where: string): readonly unknown[] {
    if (Array.isArray(given)) return given as readonly unknown[];
    throw this.#refuse(`needs ${where} to be a list`, 'Write [ … ].');
  }

  #check<T>(name: string, at: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TroupeError('invalid-options', `${this.#what}: sample ${at + 1} of ${name} does not fit: ${why}`, {
        cause: error,
      });
    }
  }

  #refuse(problem: string, remedy: string): TroupeError {
    return new TroupeError('invalid-options', `${this.#what} ${problem}. ${remedy}`);
  }
}

const startOf = ({ name }: Saga): AnyContract['type'] => childContracts(name).start.type;

/** As a command that was given up comes back. */
const toFault = ({ name, message }: Error): Answer => ({ ok: false, error: { name, message, code: 'handler-failed' } });

function outcome(status: ChildOutcome['status'], output: Json, error?: Error): Answer {
  const why = error ? { name: error.name, message: error.message, code: 'error' } : null;
  return { ok: true, value: toFrozenJson({ status, output, error: why }, 'outcome') };
}
