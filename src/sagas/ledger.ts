// The ledger of one instance: every command, task and child saga it started, how each ended, and the undoing of them.
import { TroupeError } from '../runtime/errors.ts';
import { backoffMs, toRetryRule, type RetryPolicy } from '../runtime/delivery/retry.ts';
import type { AnyCommand } from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import type { ReplyError, TaskEnd } from '../runtime/turn/decision.ts';
import { childContracts, nameOfStep, toChildFailure, type ChildOutcome, type StartChild } from './child-contracts.ts';
import { undoOf, type ChildEnd, type CommandDefinition } from './leaf.ts';
import type { Path } from './path.ts';
import { Calls, type CallsHost } from './calls.ts';
import { Compensation } from './compensation.ts';
import { isAwaited, tokenOf, type Call, type Ending, type SagaStatus } from './record.ts';
import { toStepError, type StepError } from './step-error.ts';
import type { StepEffect } from './step-message.ts';

/** A reply as the kernel delivers it. */
export type Reply = { readonly token: string } & (
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: ReplyError }
);

/** What a machine has to be told of a step that ended. */
export interface Told {
  readonly call: Call;
  readonly end: ChildEnd;
}

type Start = Extract<StepEffect, { kind: 'start' }>;

export class Ledger {
  readonly #calls: Calls;
  readonly #host: CallsHost;
  readonly #compensation: Compensation;

  constructor(calls: readonly Call[], host: CallsHost) {
    this.#calls = new Calls(calls, host);
    this.#host = host;
    this.#compensation = new Compensation(this.#calls);
  }

  /** What is stored of all calls. */
  kept(isEnding: boolean): readonly Call[] {
    return this.#calls.kept(isEnding);
  }

  /** Undoes what is next; how the instance ended, once it has. */
  proceed(ending: Ending | null): SagaStatus | undefined {
    return this.#compensation.proceed(ending);
  }

  /** The steps the machine waits for. */
  get waiting(): readonly number[] {
    return this.#calls.all.filter(isAwaited).map(({ n }) => n);
  }

  /** The call that a reply settles; a dead letter that is tried again may complete what has failed. */
  #callOf(reply: Reply): Call | undefined {
    const isOpen = ({ status }: Call): boolean => status === 'sent' || (status === 'failed' && reply.ok);
    return this.#calls.all.find(call => tokenOf(call) === reply.token && isOpen(call));
  }

  /** Starts what a leaf stands for. */
  begin({ path, src, token, input }: Start): void {
    const { program, wants } = this.#host;
    const leaf = program.leaf(src);
    const step = { undoes: null, path, src, spawn: token };
    if (leaf.kind === 'task') {
      const n = this.#host.number();
      const data = toFrozenJson(input ?? null, `input of ${src}`);
      wants.startTask(src, { n, input: data });
      this.#calls.add({ ...step, n, type: src, data });
      return;
    }
    let n: number;
    if (leaf.kind === 'command') n = this.#calls.send(step, leaf.contract, input);
    else {
      const own = this.#host.number();
      const by = this.#nameOf(own);
      const data: StartChild = { key: leaf.key?.(input as never) ?? by, by, input: (input ?? null) as Json };
      n = this.#calls.send({ ...step, n: own }, childContracts(leaf.saga.name).start, data);
    }
    this.#waits(n, leaf.timeout);
  }

  #waits(n: number, timeout: Duration | undefined): void {
    if (timeout === undefined) return;
    const delayMs = toMs(timeout, 'timeout');
    this.#host.wants.arm(`timeout:${n}`, { delayMs, clock: 'up' }, { timeout: n });
  }

  /** The machine has left the state that started this. */
  stop(token: string): void {
    const call = this.#calls.all.find(one => one.spawn === token && one.status === 'sent' && one.undoes === null);
    if (call) this.#abandon(call);
  }

  /** Everything that runs is left to itself, and what it completes is undone. */
  stopAll(): void {
    for (const call of this.#calls.all) if (isAwaited(call)) this.#abandon(call);
  }

  /** A nested machine starts: what others have completed at its path stays with the machine around it. */
  beginUnder(path: Path): void {
    const around = path.slice(0, path.lastIndexOf('/') + 1);
    this.#calls.update(call => isDoneUnder(path, call), { path: around });
  }

  /** The completed steps of a nested machine that failed are undone, whatever the machine around it does. */
  undoUnder(path: Path): void {
    this.#calls.update(call => isDoneUnder(path, call), { abandoned: true });
  }

  /** Undefined where the machine need not know; `stale` where it belongs to no call that waits for it. */
  settle(reply: Reply): Told | undefined | 'stale' {
    const found = this.#callOf(reply);
    if (!found) return 'stale';
    // The machine has been told that it failed.
    if (found.status === 'failed') this.#calls.update(one => one === found, { abandoned: true });
    const call = this.#calls.get(found.n) ?? found;
    if (!reply.ok && this.#isTriedAgain(call)) return undefined;
    this.#noLongerWaits(call);
    if (!reply.ok) return this.#failed(call, reply.error);
    if (call.undoes !== null) return this.#compensation.undone(call, reply.value ?? null);
    const leaf = this.#host.program.leaf(call.src);
    if (leaf.kind === 'saga') return this.#childEnded(call, reply.value as unknown as ChildOutcome);
    return this.#replied(call, leaf as CommandDefinition, reply.value ?? null);
  }

  /** A task that was taken back may have come to its end all the same; its work is then undone. */
  endTask(n: number, end: TaskEnd): Told | undefined | 'stale' {
    const call = this.#calls.get(n);
    if (!call || (call.status !== 'sent' && call.status !== 'stopped')) return 'stale';
    if (end.ok) return this.#completed(call, end.result);
    const { name, message, code = 'task-failed', data } = end.failure;
    const error: StepError = { name, message, code, ...(data === undefined ? {} : { data }) };
    this.#calls.update(one => one.n === n, { status: 'failed', reply: toStepError(error) });
    return this.#tell(call, { ok: false, error });
  }

  /** Settles a command whose reply the machine is not told. */
  skipReply(reply: Reply): void {
    const call = this.#callOf(reply);
    if (!call) return;
    this.#noLongerWaits(call);
    this.#calls.update(one => one.n === call.n, { abandoned: true });
    this.settle(reply);
  }

  /** The same for a task. */
  skipEnd(n: number, end: TaskEnd): void {
    this.#calls.update(one => one.n === n, { abandoned: true });
    this.endTask(n, end);
  }

  /** The machine goes on without the reply; the command stays unsettled, and what it completes later is undone. */
  timeOut(n: number): Told | undefined {
    const call = this.#calls.get(n);
    if (call?.status !== 'sent' || call.abandoned) return undefined;
    this.#abandon(call);
    const error = { name: 'TimeoutError', message: `No reply to ${call.type} in time.`, code: 'timeout' };
    return { call, end: { ok: false, error: { ...error, command: call.type } satisfies StepError } };
  }

  sendAgain(n: number): void {
    const call = this.#calls.get(n);
    if (call?.status !== 'sent') return;
    if (call.abandoned) {
      // It has failed, and nobody waits for another attempt.
      this.#calls.update(one => one.n === n, { status: 'failed' });
      return;
    }
    const attempt = call.attempt + 1;
    this.#calls.update(one => one.n === n, { attempt });
    this.#host.wants.send(this.#contractOf(call), call.data, tokenOf({ n, attempt }));
  }

  /** Puts a step that failed back to unsettled and starts it anew, with a new effect key. */
  driveAgain(n: number): void {
    const call = this.#calls.get(n);
    if (!call) return;
    const attempt = call.attempt + 1;
    const leaf = this.#host.program.leaf(call.src);
    const data = leaf.kind === 'saga' && !leaf.key ? this.#otherChild(call, attempt) : call.data;
    this.#calls.update(one => one.n === n, { attempt, data, status: 'sent', abandoned: false, reply: null });
    const { wants } = this.#host;
    if (leaf.kind === 'task') wants.startTask(call.src, { n, input: data });
    else {
      wants.send(this.#contractOf(call), data, tokenOf({ n, attempt }));
      this.#waits(n, leaf.timeout);
    }
  }

  /** A child saga that failed keeps its key. */
  #otherChild({ n, data }: Call, attempt: number): Json {
    return Object.freeze({ ...(data as object), key: `${this.#nameOf(n)}.${attempt}` });
  }

  #nameOf(n: number): string {
    const { program, key } = this.#host;
    return nameOfStep(program.name, key, n);
  }

  #noLongerWaits({ n, src, undoes, abandoned }: Call): void {
    const leaf = this.#host.program.leaf(src);
    if (undoes !== null || abandoned || leaf.kind === 'task' || leaf.timeout === undefined) return;
    this.#host.wants.cancel(`timeout:${n}`);
  }

  #abandon(call: Call): void {
    const leaf = this.#host.program.leaf(call.src);
    this.#noLongerWaits(call);
    this.#calls.update(one => one.n === call.n, { abandoned: true });
    if (leaf.kind === 'saga') this.#compensation.undo(call);
    else if (leaf.kind === 'task' && !leaf.compensate) {
      this.#host.wants.cancelTask(call.n);
      this.#calls.update(one => one.n === call.n, { status: 'stopped' });
    }
  }

  #replied(call: Call, { doneIf, contract }: CommandDefinition, value: Json): Told | undefined {
    if (doneIf?.(value as never) ?? true) return this.#completed(call, value);
    this.#calls.update(one => one.n === call.n, { status: 'refused', reply: value });
    const command = contract.type;
    const error = {
      name: 'CommandRefused',
      message: `${command} was refused.`,
      code: 'refused',
      command,
      reply: value,
    };
    return this.#tell(call, { ok: false, error });
  }

  #completed(call: Call, value: Json): Told | undefined {
    // Only an undo needs them again.
    const kept = this.#calls.isUndoable(call) ? { reply: value } : { data: null };
    this.#calls.update(one => one.n === call.n, { status: 'done', ...kept });
    return this.#tell(call, { ok: true, output: value });
  }

  /** A child that was taken back ends too; how, its undo tells. */
  #childEnded(call: Call, outcome: ChildOutcome): Told | undefined {
    if (outcome.status === 'done') return this.#completed(call, outcome.output);
    this.#calls.update(one => one.n === call.n, { status: 'failed', reply: outcome.error });
    return this.#tell(call, { ok: false, error: toChildFailure(call.type, outcome) });
  }

  /** Its timeout goes on: it is one for all attempts. */
  #isTriedAgain(call: Call): boolean {
    const rule = toRetryRule(this.#retryOf(call), call.type);
    if (call.attempt >= rule.attempts || call.abandoned) return false;
    const delayMs = backoffMs(rule, call.attempt, this.#host.random());
    this.#host.wants.arm(`retry:${call.n}`, { delayMs }, { retry: call.n });
    return true;
  }

  #failed(call: Call, error: ReplyError): Told | undefined {
    this.#calls.update(one => one.n === call.n, { status: 'failed', reply: toStepError({ ...error }) });
    if (call.undoes === null) return this.#tell(call, { ok: false, error: { ...error, command: call.type } });
    this.#calls.update(one => one.n === call.undoes, { status: 'undo-failed' });
    return undefined;
  }

  #retryOf({ src, undoes }: Call): RetryPolicy | undefined {
    const leaf = this.#host.program.leaf(src);
    if (leaf.kind === 'saga') return { attempts: undoes === null ? 1 : 5 };
    if (undoes !== null) return undoOf(leaf)?.retry;
    return leaf.retry ?? { attempts: 1 };
  }

  #contractOf({ src, undoes }: Call): AnyCommand {
    const leaf = this.#host.program.leaf(src);
    if (leaf.kind === 'saga') return childContracts(leaf.saga.name)[undoes === null ? 'start' : 'undo'];
    const own = leaf.kind === 'command' ? leaf.contract : undefined;
    const contract = undoes === null ? own : undoOf(leaf)?.send;
    if (contract) return contract;
    throw new TroupeError('invariant', `The step ${src} has no command to send.`);
  }

  /** The machine hears of a step it still waits for. */
  #tell(call: Call, end: ChildEnd): Told | undefined {
    return call.abandoned || call.status === 'stopped' ? undefined : { call, end };
  }
}

const isDoneUnder = (path: Path, call: Call): boolean => call.path.startsWith(`${path}/`) && call.status === 'done';
