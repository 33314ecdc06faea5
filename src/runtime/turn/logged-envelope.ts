// The Envelope of a logged message; its texts are made when somebody reads them.
import type { Envelope } from '../message/envelope.ts';
import type { Headers } from '../message/headers.ts';
import type { LoggedMessage } from '../store/records.ts';

const NO_HEADERS: Headers = Object.freeze({});

/** Turns positions into ids and stored text into data. */
export interface Reader {
  idOf(position: number): string;
  data(message: LoggedMessage): unknown;
}

export class LoggedEnvelope implements Envelope {
  readonly #message: LoggedMessage;
  readonly #reader: Reader;

  constructor(message: LoggedMessage, reader: Reader) {
    this.#message = message;
    this.#reader = reader;
  }

  get id(): string {
    return this.#reader.idOf(this.#message.position);
  }

  get position(): number {
    return this.#message.position;
  }

  get type(): string {
    return this.#message.type;
  }

  get version(): number {
    return this.#message.version;
  }

  /** Ends of tasks and ticks of timers answer something, so they count as replies. */
  get kind(): 'event' | 'command' | 'reply' {
    const { kind } = this.#message;
    return kind === 'event' || kind === 'command' ? kind : 'reply';
  }

  get key(): string {
    return this.#message.key;
  }

  get source(): string {
    return this.#message.source;
  }

  get correlationId(): string {
    const { correlation, position } = this.#message;
    return typeof correlation === 'string' ? correlation : this.#reader.idOf(correlation ?? position);
  }

  get causationId(): string | undefined {
    const { cause } = this.#message;
    return cause === null ? undefined : this.#reader.idOf(cause);
  }

  get time(): number {
    return this.#message.time;
  }

  get hops(): number {
    return this.#message.hops;
  }

  get headers(): Headers {
    const { headers } = this.#message;
    return headers === null ? NO_HEADERS : (Object.freeze(JSON.parse(headers)) as Headers);
  }

  get idempotencyKey(): string | undefined {
    return this.#message.idempotencyKey ?? undefined;
  }

  get data(): unknown {
    return this.#reader.data(this.#message);
  }

  toJSON(): Envelope {
    const { id, position, type, version, kind, key, source, correlationId, causationId, time, hops, headers, data } =
      this;
    return { id, position, type, version, kind, key, source, correlationId, causationId, time, hops, headers, data };
  }
}
