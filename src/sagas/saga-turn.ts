// One turn of a saga: moves the machine by one message, carries out what it wants, undoes what has to be undone.
import { TroupeError } from '../runtime/errors.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import type { Turn } from '../runtime/turn/behavior.ts';
import type { Decision, TaskEnd } from '../runtime/turn/decision.ts';
import type { ChildOutcome } from './child-contracts.ts';
import { isSame, toDetail } from './history.ts';
import { runInTransaction } from './in-transaction.ts';
import { COMPENSATE } from './actor-tree.ts';
import { Ledger, type Reply, type Told } from './ledger.ts';
import type { Program } from './program.ts';
import { contextOf, NEW, timerOf, valueOf, type Ending, type SagaRecord, type SagaStatus } from './record.ts';
import { whyNotAgain } from './redrive.ts';
import { SagaDecision } from './saga-decision.ts';
import { step } from './step.ts';
import { toStepError } from './step-error.ts';
import type { StepEffect, StepMessage } from './step-message.ts';
import { SagaTimers } from './timers.ts';

interface Skipped {
  readonly kind: string;
  readonly data: unknown;
  /** What started the task, where the message is the end of one. */
  readonly origin: unknown;
}

/** What a saga's timers, and operators, tell it. */
export type Tick =
  | { readonly after: string; /** Of release 0.1.0. */ readonly event?: Json }
  | { readonly timeout: number }
  | { readonly retry: number }
  | { readonly cancel: { readonly compensate: boolean } }
  | { readonly redrive: string }
  /** An operator has given up a message of the instance to itself. */
  | { readonly skipped: Skipped }
  /** New code is here: what a migration has left to do is done in this turn. */
  | { readonly restored: true };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class SagaTurn {
  readonly #program: Program;
  readonly #turn: Turn;
  readonly #wants = new SagaDecision();
  readonly #ledger: Ledger;
  readonly #timers: SagaTimers;
  readonly #before: SagaRecord;
  /** Of this turn: changed until it is handed over. */
  readonly #record: Mutable<SagaRecord>;
  #outcome: string | undefined = undefined;
  /** It was told of new code, and is stored as that has it, so that the next start need not tell it again. */
  #isLifted = false;

  constructor(program: Program, turn: Turn) {
    this.#program = program;
    this.#turn = turn;
    this.#before = turn.status === null ? NEW : (turn.state as SagaRecord);
    this.#record = { ...this.#before };
    const host = {
      program,
      wants: this.#wants,
      key: turn.key,
      now: () => turn.now(),
      random: () => turn.random(),
      number: () => this.#number(),
    };
    this.#ledger = new Ledger(this.#record.calls, host);
    this.#timers = new SagaTimers(this.#record.armed, host);
    this.#catchUp();
  }

  /** Does what a migration has left to do. */
  #catchUp(): void {
    const { pending } = this.#record;
    if (!pending) return;
    for (const armed of pending.disarmed) this.#wants.cancel(timerOf(armed));
    for (const armed of pending.rearmed) this.#timers.start(armed);
    for (const effect of pending.effects) this.#take(effect);
    delete this.#record.pending;
  }

  get isEnding(): boolean {
    return this.#record.ending !== null;
  }

  /** `by`: the step of another saga that starts it. */
  start(input: unknown, by?: string): void {
    if (by !== undefined) this.#change({ startedBy: by });
    this.#step({ kind: 'init', input });
  }

  /** The message is a command of another saga: its reply is how this one ends. */
  answerLater(): void {
    const { type, id: ticket } = this.#turn.envelope;
    this.#wants.decision.deferred = true;
    this.#change({ waiting: [...this.#record.waiting, { type, ticket }] });
  }

  /** False where the state does not accept the event; nothing has changed then. */
  deliver(type: string, data: unknown): boolean {
    return this.#step({ kind: 'event', event: { type, data } as { type: string } });
  }

  settle(reply: Reply): void {
    this.#tell(this.#ledger.settle(reply));
  }

  endTask(n: number, end: TaskEnd): void {
    this.#tell(this.#ledger.endTask(n, end));
  }

  tick(tick: Tick): void {
    if ('after' in tick) this.#fire(tick.after, tick.event);
    else if ('timeout' in tick) this.#tell(this.#ledger.timeOut(tick.timeout));
    else if ('retry' in tick) this.#ledger.sendAgain(tick.retry);
    else if ('redrive' in tick) this.#driveAgain(tick.redrive);
    else if ('cancel' in tick) this.cancel(tick.cancel.compensate);
    else if ('restored' in tick) this.#isLifted = true;
    else if ('skipped' in tick) this.#skip(tick.skipped);
  }

  /** The machine never hears of it, but nothing stays open because of it. */
  #skip({ kind, data, origin }: Skipped): void {
    if (kind === 'reply') this.#ledger.skipReply(data as Reply);
    else if (kind === 'end') this.#ledger.skipEnd((origin as { readonly n: number }).n, data as TaskEnd);
    else if ('after' in (data as Tick)) this.#timers.fire((data as { readonly after: string }).after);
  }

  /** Ends the instance from outside; one that is over undoes its completed steps. */
  cancel(compensate: boolean): void {
    const { ending } = this.#record;
    this.#ledger.stopAll();
    this.#end({ as: ending?.as ?? 'cancelled', undo: compensate || (ending?.undo ?? false) });
  }

  /** Starts a step that failed once more, with the machine as it stood while the step was waiting. */
  #driveAgain(src: string): void {
    const { failing } = this.#record;
    if (!failing || whyNotAgain(this.#record, src) !== undefined) {
      this.#outcome = 'late';
      return;
    }
    const { snapshot, armed, call } = failing;
    this.#timers.replace(armed);
    this.#change({ snapshot, ending: null, output: null, error: null, failing: null });
    this.#ledger.driveAgain(call);
  }

  /** The message waits until the state changes; what else it did is kept. */
  stash(): Decision {
    const decision = this.finish();
    decision.stash = true;
    decision.outcome = undefined;
    decision.state = Object.freeze({ ...this.#record, stashed: this.#record.stashed + 1 });
    decision.changed = true;
    return decision;
  }

  /** Undoes, ends, and hands over what this turn wants. */
  finish(): Decision {
    const { decision } = this.#wants;
    const status = this.#ledger.proceed(this.#record.ending);
    this.#change({ calls: this.#ledger.kept(this.isEnding), armed: this.#timers.armed });
    if (this.#record.failing && whyNotAgain(this.#record) !== undefined) this.#change({ failing: null });
    decision.outcome = this.#outcome;
    if (!this.#isChanged()) return decision;
    if (status !== undefined) this.#over(status);
    if (this.#record.stashed > 0 && (this.isEnding || this.#hasMoved())) {
      decision.unstash = true;
      this.#change({ stashed: 0 });
    }
    decision.status = status ?? 'running';
    decision.detail = toDetail(this.#before, this.#record);
    this.#change({ print: this.#program.print });
    decision.state = Object.freeze(this.#record);
    decision.changed = true;
    return decision;
  }

  #isChanged(): boolean {
    const before = this.#before;
    if (before.pending || this.#isLifted) return true;
    return (Object.keys(this.#record) as (keyof SagaRecord)[]).some(name => this.#record[name] !== before[name]);
  }

  #number(): number {
    const last = this.#record.last + 1;
    this.#change({ last });
    return last;
  }

  #hasMoved(): boolean {
    return !isSame(valueOf(this.#before), valueOf(this.#record));
  }

  #step(message: StepMessage): boolean {
    const { snapshot, seq } = this.#record;
    const { machine, seen } = this.#program;
    const stepped = step(machine, { snapshot, seq, seen }, message);
    if (stepped.stale) this.#outcome = 'stale';
    else if (!stepped.handled) this.#outcome = 'unhandled';
    if (stepped.stale || !stepped.handled) return false;
    // A turn may take two steps, and each has tokens of its own.
    this.#change({ snapshot: stepped.snapshot, seq: seq + 1 });
    for (const effect of stepped.effects) this.#take(effect);
    this.#assertInvariant();
    if (stepped.status === 'done') {
      this.#end({ as: 'done', undo: stepped.tags.has(COMPENSATE) });
      this.#change({ output: stepped.output === undefined ? null : toFrozenJson(stepped.output, 'output') });
    }
    if (stepped.status === 'error') {
      this.#end({ as: 'failed', undo: true });
      this.#change({ error: toStepError(stepped.error) });
    }
    return true;
  }

  #assertInvariant(): void {
    const verdict = this.#program.options.invariant?.(contextOf(this.#record) as never) ?? true;
    if (verdict === true) return;
    const why = typeof verdict === 'string' ? verdict : 'it returned false';
    throw new TroupeError('handler-failed', `The invariant of saga ${this.#program.name} does not hold: ${why}.`);
  }

  #take(effect: StepEffect): void {
    switch (effect.kind) {
      case 'start':
        this.#ledger.begin(effect);
        return;
      case 'stop':
        this.#ledger.stop(effect.token);
        return;
      case 'arm':
        this.#timers.arm(effect);
        return;
      case 'cancel':
        this.#timers.disarm(({ source, id }) => source === effect.source && id === effect.id);
        return;
      case 'cancelAll':
        this.#timers.disarm(({ source, target }) => source === effect.source || target === effect.source);
        return;
      case 'begin':
        this.#ledger.beginUnder(effect.path);
        return;
      case 'compensate':
        this.#ledger.undoUnder(effect.path);
        return;
      case 'emit':
        this.#publish(effect.event);
        return;
      case 'action':
        this.#act(effect);
        return;
      case 'log':
        this.#turn.log.info({ saga: this.#program.name, actor: effect.path, label: effect.label, value: effect.value });
    }
  }

  #fire(token: string, event?: Json): void {
    const armed = this.#timers.fire(token);
    if (armed) this.#step({ kind: 'event', event: (armed.event ?? event) as { type: string }, path: armed.target });
    else this.#outcome = 'stale';
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

  #act({ src, params, context, event }: Extract<StepEffect, { kind: 'action' }>): void {
    if (runInTransaction(this.#program, this.#turn, { src, params, context, event })) return;
    this.#wants.startAction(src, { params: params ?? null, context, event });
  }

  #tell(told: Told | undefined | 'stale'): void {
    if (told === 'stale') this.#outcome = 'stale';
    if (told === undefined || told === 'stale') return;
    const { call, end } = told;
    if (!end.ok) {
      const { snapshot } = this.#record;
      const { armed } = this.#timers;
      this.#change({ failing: { call: call.n, beside: this.#ledger.waiting, snapshot, armed } });
    }
    this.#step({ kind: 'settle', path: call.path, token: call.spawn, end });
  }

  #end(ending: Ending): void {
    this.#timers.disarm(() => true);
    this.#change({ ending });
  }

  /** Whoever waits for the end gets it as a reply. */
  #over(status: SagaStatus): void {
    const { waiting, output, error } = this.#record;
    const { decision } = this.#wants;
    const value = { status, output, error } satisfies ChildOutcome as unknown as Json;
    for (const { type, ticket } of waiting) {
      if (ticket === this.#turn.envelope.id) {
        decision.deferred = false;
        decision.reply = value;
      } else (decision.replies ??= []).push({ ticket, contract: this.#program.ownCommand(type), value });
    }
    this.#change({ waiting: [] });
  }

  #change(change: Partial<SagaRecord>): void {
    Object.assign(this.#record, change);
  }
}
