// Operations on saga instances: looking at one, listing them, cancelling one.
import type { Json } from '../runtime/message/json.ts';
import { Program } from './program.ts';
import type { SagaRecord, SagaStatus } from './record.ts';
import type { Saga, SagaTypes } from './saga.ts';
import { view } from './step.ts';

/** One command a saga sent, for a reader. */
export interface SagaStep {
  /** The name in `setup({ actors })`. */
  readonly name: string;
  readonly command: string;
  readonly status: 'sent' | 'done' | 'refused' | 'failed' | 'undone' | 'undo-failed';
  /** Sent to undo a step. */
  readonly isUndo: boolean;
}

/** One saga instance as it stands. */
export interface SagaInstance<T extends SagaTypes = SagaTypes> {
  readonly key: string;
  readonly status: SagaStatus;
  readonly state: T['state'];
  readonly context: T['context'];
  readonly output: T['output'] | undefined;
  /** Why it failed, where it did. */
  readonly error: unknown;
  readonly tags: ReadonlySet<string>;
  /** In order of start. */
  readonly steps: readonly SagaStep[];
  matches(state: T['state']): boolean;
}

/** An instance as the runtime stores it. */
export interface StoredInstance {
  readonly key: string;
  readonly status: string | null;
  readonly held: boolean;
  readonly state: unknown;
}

/** What the operations need of a runtime. */
export interface SagaHost {
  stored(name: string, key: string): StoredInstance | undefined;
  storedAll(name: string, limit: number): readonly StoredInstance[];
  signal(name: string, key: string, data: Json): Promise<void>;
}

export class SagaOperations {
  readonly #host: SagaHost;

  constructor(host: SagaHost) {
    this.#host = host;
  }

  /** The instance as last committed; undefined where there is none. */
  get<T extends SagaTypes>(saga: Saga<T>, key: string): SagaInstance<T> | undefined {
    const stored = this.#host.stored(saga.name, key);
    return stored && show(saga, stored);
  }

  /** At most `limit` instances (default 100), ordered by key; `status` keeps those that stand like that. */
  list<T extends SagaTypes>(
    saga: Saga<T>,
    options: { readonly status?: SagaStatus | undefined; readonly limit?: number | undefined } = {},
  ): readonly SagaInstance<T>[] {
    const all = this.#host.storedAll(saga.name, options.limit ?? 100).map(stored => show(saga, stored));
    return options.status === undefined ? all : all.filter(({ status }) => status === options.status);
  }

  /**
   * Ends an instance from outside; with `compensate` the completed steps are undone. Resolves when the request is
   * durable.
   */
  async cancel(saga: Saga, key: string, options: { readonly compensate?: boolean | undefined } = {}): Promise<void> {
    await this.#host.signal(saga.name, key, { cancel: { compensate: options.compensate ?? false } });
  }
}

function show<T extends SagaTypes>(saga: Saga<T>, { key, status, held, state }: StoredInstance): SagaInstance<T> {
  const record = state as SagaRecord;
  const machine = view(new Program(saga).machine, record.snapshot);
  return {
    key,
    status: held ? 'held' : (status as SagaStatus),
    state: machine.value,
    context: machine.context,
    output: record.output ?? undefined,
    error: record.error ?? undefined,
    tags: machine.tags,
    steps: record.calls.map(call => ({
      name: call.src,
      command: call.type,
      status: call.status,
      isUndo: call.undoes !== null,
    })),
    matches: wanted => machine.matches(wanted),
  };
}
