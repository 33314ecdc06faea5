// What the body of a task sees of a test: steps run at once, sleeping moves the clock, asks are answered by stubs.
import { TroupeError } from '../runtime/errors.ts';
import { checkData, checkReply, keyOf, type AnyContract } from '../runtime/message/contract.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import type { TaskScope, TurnLog } from '../runtime/turn/behavior.ts';
import type { LoneActor, Meeting } from './lone-actor.ts';
import type { Surroundings } from './lone-turn.ts';

/** Answers a command; an Error fails the ask. */
export type Answer = (data: never) => unknown;

/** A wait of a task, which took no real time. */
export interface TestSleep {
  readonly name: string;
  readonly ms: number;
}

/** What a body did through its ctx. */
export interface TaskRecord {
  /** The results of `ctx.step` by name; of those that came with the test as well. */
  readonly steps: Map<string, Json | undefined>;
  readonly sleeps: TestSleep[];
  readonly asked: { readonly contract: AnyContract; readonly data: Json }[];
}

/** What a task of a test has besides its surroundings. */
export interface TaskProps {
  readonly signal: AbortSignal;
  readonly record: TaskRecord;
  readonly answers: ReadonlyMap<AnyContract, Answer>;
  /** Moves the clock of the test, by ms. */
  readonly pass: (ms: number) => void;
}

export class LoneTask implements TaskScope {
  readonly key: string;
  readonly message: Envelope;
  readonly attempt: number;
  readonly state: unknown;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly log: TurnLog;
  readonly #actor: LoneActor;
  readonly #around: Surroundings;
  readonly #props: TaskProps;
  readonly #used = new Set<string>();
  #ids = 0;
  #open = true;

  constructor(actor: LoneActor, { message }: Meeting, around: Surroundings & TaskProps) {
    this.#actor = actor;
    this.#around = around;
    this.#props = around;
    this.key = around.key;
    this.message = actor.envelope(message);
    this.attempt = around.attempt;
    this.state = around.state;
    this.idempotencyKey = `${actor.idOf(message.position)}-${around.subscription.id}`;
    this.signal = around.signal;
    this.log = around.log;
  }

  now(): number {
    return this.#around.now();
  }

  random(): number {
    return this.#around.random();
  }

  id(): string {
    this.#ids += 1;
    return `${this.idempotencyKey}-${this.#ids}`;
  }

  heartbeat(): void {
    this.#assertOpen();
  }

  async step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    this.#begin(name);
    const { steps } = this.#props.record;
    if (!steps.has(name)) {
      const result: unknown = await run();
      this.#assertOpen();
      steps.set(name, result === undefined ? undefined : toFrozenJson(result, `step ${name}`));
    }
    return steps.get(name) as T;
  }

  async sleep(name: string, delayMs: number): Promise<void> {
    this.#begin(name);
    this.#props.record.sleeps.push({ name, ms: delayMs });
    this.#props.pass(delayMs);
    await Promise.resolve();
  }

  async ask(name: string, command: AnyContract, data: unknown): Promise<unknown> {
    this.#begin(name);
    const checked = checkData(command, data);
    this.#assertOtherLane(command, checked);
    this.#props.record.asked.push({ contract: command, data: checked });
    const answer = this.#props.answers.get(command);
    if (!answer) {
      throw new TroupeError(
        'no-owner',
        `A task of ${this.#actor.name} asks ${command.type}, which nobody answers in this test. Add ` +
          `.stub(${command.type}, data => reply).`,
      );
    }
    const reply: unknown = await answer(checked as never);
    if (!(reply instanceof Error)) return checkReply(command, reply);
    throw new TroupeError('handler-failed', `${command.type} failed: ${reply.name}: ${reply.message}`);
  }

  /** The attempt is over; its ctx is dead. */
  close(): void {
    this.#open = false;
  }

  #begin(name: string): void {
    this.#assertOpen();
    if (this.#used.has(name)) {
      throw new TroupeError(
        'invalid-options',
        `The step name '${name}' is used twice in one attempt. Give each step, sleep and ask a name of its own.`,
      );
    }
    this.#used.add(name);
  }

  #assertOpen(): void {
    if (!this.#open) throw new TroupeError('ctx-closed', 'This attempt of the task is over; its ctx is dead.');
  }

  #assertOtherLane(command: AnyContract, data: Json): void {
    const { behavior, router, name } = this.#actor;
    const handler = router.owner(command.type)?.handler;
    if (!handler?.task) return;
    const key = handler.key ? handler.key(data as never) : keyOf(command, data);
    if (!behavior.single && key !== this.key) return;
    throw new TroupeError(
      'ask-own-lane',
      `A task of ${name}/${this.key} asks ${command.type} of its own lane and would wait for itself.`,
    );
  }
}
