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
  /** A page in the order of the keys, those after `after`. */
  storedAfter(name: string, limit: number, after: string): readonly StoredInstance[];
  signal(name: string, key: string, data: Json): Promise<void>;
}

/** Which instances to list. */
export interface ListOptions {
  readonly status?: SagaStatus | undefined;
  readonly limit?: number | undefined;
  /** The key of the last instance of the page before. */
  readonly after?: string | undefined;
}

const PAGE = 200;

/** Looking at saga instances and acting on them; `runtime.sagas`. */
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

  /** At most `limit` instances (default 100) in the order of their keys; `after` pages on, `status` filters. */
  list<T extends SagaTypes>(saga: Saga<T>, options: ListOptions = {}): readonly SagaInstance<T>[] {
    const { limit = 100, status } = options;
    const found: SagaInstance<T>[] = [];
    let { after = '' } = options;
    while (found.length < limit) {
      const page = this.#host.storedAfter(saga.name, PAGE, after);
      const wanted = page.filter(stored => status === undefined || statusOf(stored) === status);
      found.push(...wanted.slice(0, limit - found.length).map(stored => show(saga, stored)));
      after = page.at(-1)?.key ?? after;
      if (page.length < PAGE) break;
    }
    return found;
  }

  /**
   * Ends an instance from outside; with `compensate` the completed steps are undone. Resolves when the request is
   * durable.
   */
  async cancel(saga: Saga, key: string, options: { readonly compensate?: boolean | undefined } = {}): Promise<void> {
    await this.#host.signal(saga.name, key, { cancel: { compensate: options.compensate ?? false } });
  }
}

function statusOf({ held, status }: StoredInstance): SagaStatus {
  return held ? 'held' : (status as SagaStatus);
}

function show<T extends SagaTypes>(saga: Saga<T>, stored: StoredInstance): SagaInstance<T> {
  const { key, state } = stored;
  const record = state as SagaRecord;
  const machine = view(new Program(saga).machine, record.snapshot);
  return {
    key,
    status: statusOf(stored),
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
