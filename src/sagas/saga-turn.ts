// One turn of a saga: moves the machine by one message, settles its commands, undoes what has to be undone.
import { backoffMs, toRetryRule } from '../runtime/delivery/retry.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand } from '../runtime/message/contract.ts';
import { toMs } from '../runtime/message/duration.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import type { Turn } from '../runtime/turn/behavior.ts';
import type { Decision, ReplyError } from '../runtime/turn/decision.ts';
import type { StepError } from './command.ts';
import type { Program } from './program.ts';
import { tokenOf, type Call, type Ending, type SagaRecord, type SagaStatus } from './record.ts';
import { SagaDecision } from './saga-decision.ts';
import { step } from './step.ts';
import type { ChildEnd } from './leaf.ts';
import type { StepEffect, StepMessage } from './step-message.ts';

/** What a saga's timer brings back. */
export type Tick =
  | { readonly after: string; readonly event: { readonly type: string } }
  | { readonly timeout: number }
  | { readonly retry: number }
  | { readonly cancel: { readonly compensate: boolean } };

/** A reply as the kernel delivers it. */
export type Reply = { readonly token: string } & (
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: ReplyError }
);

const NEW: SagaRecord = { seq: 0, snapshot: null, calls: [], armed: [], ending: null, output: null, error: null };
const COMPENSATE = 'compensate';

export class SagaTurn {
  readonly #program: Program;
  readonly #turn: Turn;
  readonly #wants = new SagaDecision();
  #record: SagaRecord;
  #outcome: string | undefined = undefined;

  constructor(program: Program, turn: Turn) {
    this.#program = program;
    this.#turn = turn;
    this.#record = turn.status === null ? NEW : (turn.state as SagaRecord);
  }

  get isEnding(): boolean {
    return this.#record.ending !== null;
  }

  start(input: unknown): void {
    this.#step({ kind: 'init', input });
  }

  /** False where the state does not accept the event. */
  deliver(type: string, data: unknown): boolean {
    return this.#step({ kind: 'event', event: { type, data } as { type: string } });
  }

  settle(reply: Reply): void {
    const call = this.#record.calls.find(one => one.status === 'sent' && tokenOf(one) === reply.token);
    if (!call) {
      this.#outcome = 'stale';
      return;
    }
    this.#wants.cancel(`timeout:${call.n}`);
    if (reply.ok) this.#completed(call, reply.value ?? null);
    else this.#failed(call, reply.error);
  }

  tick(tick: Tick): void {
    if ('after' in tick) {
      this.#change({ armed: this.#record.armed.filter(id => id !== tick.after) });
      this.#step({ kind: 'event', event: tick.event });
    } else if ('timeout' in tick) this.#timedOut(tick);
    else if ('retry' in tick) this.#sendAgain(tick.retry);
    else this.#cancel(tick.cancel.compensate);
  }

  /** Undoes, ends, and hands over what this turn wants. */
  finish(): Decision {
    this.#proceed();
    const { decision } = this.#wants;
    decision.state = Object.freeze({ ...this.#record, seq: this.#record.seq + 1 });
    decision.changed = true;
    decision.status ??= 'running';
    decision.outcome ??= this.#outcome;
    return decision;
  }

  #step(message: StepMessage): boolean {
    const { machine, options } = this.#program;
    const stepped = step(machine, this.#record, message);
    if (stepped.stale) this.#outcome = 'stale';
    else if (!stepped.handled) this.#outcome = 'unhandled';
    this.#change({ snapshot: stepped.snapshot });
    for (const effect of stepped.effects) this.#take(effect);
    const verdict = options.invariant?.((stepped.snapshot as { readonly context: never }).context) ?? true;
    if (verdict !== true) {
      const why = typeof verdict === 'string' ? verdict : 'it returned false';
      throw new TroupeError('handler-failed', `The invariant of saga ${this.#program.name} does not hold: ${why}.`);
    }
    if (stepped.status === 'done') {
      this.#end({ as: 'done', undo: this.#program.hasTag(stepped.snapshot, COMPENSATE) }, stepped.output);
    }
    if (stepped.status === 'error') this.#end({ as: 'failed', undo: true }, undefined, stepped.error);
    return stepped.handled;
  }

  #take(effect: StepEffect): void {
    switch (effect.kind) {
      case 'start':
        this.#startStep(effect);
        return;
      case 'stop':
        this.#update(call => call.spawn === effect.token && call.status === 'sent', { abandoned: true });
        return;
      case 'arm':
        this.#change({ armed: [...this.#record.armed.filter(id => id !== effect.id), effect.id] });
        this.#wants.arm(`after:${effect.id}`, { delayMs: effect.delayMs }, { after: effect.id, event: effect.event });
        return;
      case 'cancel':
        this.#change({ armed: this.#record.armed.filter(id => id !== effect.id) });
        this.#wants.cancel(`after:${effect.id}`);
        return;
      case 'emit':
        this.#publish(effect.event);
        return;
      case 'cancelAll':
        return;
      case 'action':
        throw new TroupeError('saga-refused', `${effect.type} is not durable.`);
      case 'log':
        this.#turn.log.info({ saga: this.#program.name, label: effect.label });
    }
  }

  #publish(event: { readonly type: string; readonly data?: unknown }): void {
    const contract = this.#program.published(event.type);
    if (!contract) {
      throw new TroupeError(
        'undeclared',
        `The saga ${this.#program.name} emits ${event.type} without declaring it. Add it to publishes.`,
      );
    }
    this.#wants.send(contract, event.data);
  }

  #startStep({ path, src, token, input }: Extract<StepEffect, { kind: 'start' }>): void {
    const { contract, timeout } = this.#program.leaf(src);
    const n = this.#call({ undoes: null, path, src, spawn: token }, contract, input);
    if (timeout !== undefined) {
      this.#wants.arm(`timeout:${n}`, { delayMs: toMs(timeout, 'timeout'), clock: 'up' }, { timeout: n });
    }
  }

  #call(of: Pick<Call, 'undoes' | 'path' | 'src' | 'spawn'>, contract: AnyCommand, input: unknown): number {
    const n = this.#record.calls.length + 1;
    const data = this.#wants.send(contract, input, tokenOf({ n, attempt: 1 }));
    const call: Call = {
      n,
      ...of,
      type: contract.type,
      data,
      attempt: 1,
      status: 'sent',
      abandoned: false,
      reply: null,
    };
    this.#change({ calls: [...this.#record.calls, Object.freeze(call)] });
    return n;
  }

  #completed(call: Call, value: Json): void {
    if (call.undoes !== null) {
      this.#update(one => one.n === call.n, { status: 'done', reply: value });
      this.#update(one => one.n === call.undoes, { status: 'undone' });
      return;
    }
    const { doneIf, contract } = this.#program.leaf(call.src);
    const isDone = doneIf?.(value as never) ?? true;
    this.#update(one => one.n === call.n, { status: isDone ? 'done' : 'refused', reply: value });
    if (isDone) this.#tell(call, { ok: true, output: value });
    else {
      const error = {
        name: 'CommandRefused',
        message: `${contract.type} was refused.`,
        code: 'refused',
        command: contract.type,
        reply: value,
      };
      this.#tell(call, { ok: false, error });
    }
  }

  #failed(call: Call, error: ReplyError): void {
    const isUndo = call.undoes !== null;
    const { retry, compensate } = this.#program.leaf(call.src);
    const rule = toRetryRule(isUndo ? compensate?.retry : (retry ?? { attempts: 1 }), call.type);
    if (call.attempt < rule.attempts && !call.abandoned) {
      this.#wants.arm(
        `retry:${call.n}`,
        { delayMs: backoffMs(rule, call.attempt, this.#turn.random()) },
        { retry: call.n },
      );
      return;
    }
    this.#update(one => one.n === call.n, { status: 'failed' });
    if (isUndo) this.#update(one => one.n === call.undoes, { status: 'undo-failed' });
    else this.#tell(call, { ok: false, error: { ...error, command: call.type } satisfies StepError });
  }

  #sendAgain(n: number): void {
    const call = this.#record.calls.find(one => one.n === n && one.status === 'sent');
    if (!call) return;
    const { contract, compensate } = this.#program.leaf(call.src);
    const attempt = call.attempt + 1;
    this.#update(one => one.n === n, { attempt });
    this.#wants.send(
      call.undoes === null ? contract : (compensate?.send ?? contract),
      call.data,
      tokenOf({ n, attempt }),
    );
  }

  /** The machine goes on without the reply; the command stays unsettled, and what it completes later is undone. */
  #timedOut({ timeout }: { readonly timeout: number }): void {
    const call = this.#record.calls.find(one => one.n === timeout && one.status === 'sent' && !one.abandoned);
    if (!call) return;
    const error: StepError = {
      name: 'TimeoutError',
      message: `No reply to ${call.type} in time.`,
      code: 'timeout',
      command: call.type,
    };
    this.#tell(call, { ok: false, error });
    this.#update(one => one.n === call.n, { abandoned: true });
  }

  #tell(call: Call, end: ChildEnd): void {
    if (!call.abandoned) this.#step({ kind: 'settle', path: call.path, token: call.spawn, end });
  }

  #cancel(compensate: boolean): void {
    if (this.isEnding) return;
    this.#update(call => call.status === 'sent', { abandoned: true });
    for (const { n } of this.#record.calls) this.#wants.cancel(`timeout:${n}`);
    this.#end({ as: 'cancelled', undo: compensate });
  }

  #end(ending: Ending, output?: unknown, error?: unknown): void {
    for (const id of this.#record.armed) this.#wants.cancel(`after:${id}`);
    this.#change({ ending, armed: [], output: toJson(output, 'output'), error: toJson(error, 'error') });
  }

  /** Starts the next undo in reverse order of start, or ends when nothing is unsettled and nothing is left to undo. */
  #proceed(): void {
    const { calls, ending } = this.#record;
    if (calls.some(({ undoes, status }) => undoes !== null && status === 'sent')) return;
    const isUnsettled = calls.some(({ status }) => status === 'sent');
    const left = calls.filter(
      call =>
        call.undoes === null && call.status === 'done' && (call.abandoned || (ending?.undo === true && !isUnsettled)),
    );
    const next = left.findLast(call => this.#program.leaf(call.src).compensate !== undefined);
    if (next) {
      this.#undo(next);
      return;
    }
    if (!ending || isUnsettled) return;
    this.#wants.decision.status = this.#finalStatus(ending);
  }

  #undo(call: Call): void {
    const { compensate } = this.#program.leaf(call.src);
    const data: unknown = compensate?.data(call.reply as never, call.data as never);
    if (!compensate || data === undefined) {
      this.#update(one => one.n === call.n, { status: 'undone' });
      this.#proceed();
      return;
    }
    this.#call({ undoes: call.n, path: call.path, src: call.src, spawn: call.spawn }, compensate.send, data);
  }

  #finalStatus({ as, undo }: Ending): SagaStatus {
    const { calls } = this.#record;
    if (calls.some(({ status }) => status === 'undo-failed')) return 'compensation-failed';
    if (!undo) return as;
    return as === 'done' || calls.some(({ status }) => status === 'undone') ? 'compensated' : as;
  }

  #update(which: (call: Call) => boolean, change: Partial<Call>): void {
    this.#change({
      calls: this.#record.calls.map(call => (which(call) ? Object.freeze({ ...call, ...change }) : call)),
    });
  }

  #change(change: Partial<SagaRecord>): void {
    this.#record = { ...this.#record, ...change };
  }
}

function toJson(value: unknown, what: string): Json {
  if (value === undefined) return null;
  const plain = value instanceof Error ? { name: value.name, message: value.message } : value;
  return toFrozenJson(plain, what);
}
