// The client of a simulation: somebody outside who tries again, with the same key, until a call is answered.
import { TroupeError } from '../runtime/errors.ts';
import type { AskOptions, Bus, IngressOptions, Receipt } from '../runtime/ingress.ts';
import { keyOf, type CommandContract, type EventContract } from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { drawBelow, type Random } from './seeded-random.ts';

/** What the client needs of the simulation. */
export interface ClientParts {
  /** The runtime of the process that is up. */
  readonly bus: Bus;
  readonly random: Random;
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether an answered call is made once more, as an at-least-once sender does. */
  readonly repeats: () => boolean;
  readonly acknowledged: (key: string, receipt: Receipt | undefined) => void;
  /** A call was made once more and got these two answers. */
  readonly repeated: (key: string, first: unknown, second: unknown) => void;
  /** An ask begins; the function it returns is told the reply. */
  readonly asks: (asked: AskedCommand) => (reply: unknown) => void;
}

/** A command that a client asks. */
export interface AskedCommand {
  readonly type: string;
  readonly key: string;
  readonly data: unknown;
}

const AGAIN: ReadonlySet<string> = new Set([
  'crashed',
  'stopped',
  'aborted',
  'commit-unknown',
  'store-full',
  'store-busy',
  'store-failed',
  'mailbox-full',
  'ask-timeout',
  'reply-unavailable',
]);
const MOST_TRIES = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Gives each call an idempotency key, unless it has one, and tries again when its outcome is unknown; so a call that
 * has returned was done once.
 */
export class Client implements Bus {
  readonly #parts: ClientParts;
  #calls = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Waits in virtual time. */
  sleep(duration: Duration): Promise<void> {
    return this.#parts.sleep(toMs(duration, 'sleep'));
  }

  publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options: IngressOptions = {},
  ): Promise<Receipt> {
    const idempotencyKey = this.#keyOf(options);
    return this.#call(idempotencyKey, () => this.#parts.bus.publish(event, data, { ...options, idempotencyKey }));
  }

  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options: IngressOptions = {},
  ): Promise<Receipt> {
    const idempotencyKey = this.#keyOf(options);
    return this.#call(idempotencyKey, () => this.#parts.bus.send(command, data, { ...options, idempotencyKey }));
  }

  async ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options: AskOptions = {},
  ): Promise<Reply> {
    const idempotencyKey = this.#keyOf(options);
    const key = options.key ?? keyOf(command, data);
    const replied = this.#parts.asks({ type: command.type, key, data });
    return this.#call(
      idempotencyKey,
      () => this.#parts.bus.ask(command, data, { ...options, idempotencyKey }),
      replied,
    );
  }

  #keyOf({ idempotencyKey }: IngressOptions): string {
    this.#calls += 1;
    return idempotencyKey ?? `call-${this.#calls}`;
  }

  async #call<T>(key: string, call: () => Promise<T>, answered: (answer: T) => void = () => {}): Promise<T> {
    const answer = await this.#persist(call);
    answered(answer);
    this.#parts.acknowledged(key, isReceipt(answer) ? answer : undefined);
    if (this.#parts.repeats()) this.#parts.repeated(key, answer, await this.#persist(call));
    return answer;
  }

  async #persist<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof TroupeError) || !AGAIN.has(error.code) || tries === MOST_TRIES) throw error;
        await this.#parts.sleep(1 + drawBelow(this.#parts.random, LONGEST_PAUSE_MS));
      }
    }
  }
}

const isReceipt = (answer: unknown): answer is Receipt =>
  typeof answer === 'object' && answer !== null && 'position' in answer && 'duplicate' in answer;
