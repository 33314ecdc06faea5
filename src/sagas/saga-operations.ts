// Operations on saga instances: looking at one, listing them, and acting on one that does not move.
import { TroupeError } from '../runtime/errors.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { toFrozenJson, type Json } from '../runtime/message/json.ts';
import { drawMachine } from './diagram.ts';
import { toTransitions, type SagaTransition, type StoredTurn } from './history.ts';
import { show, statusOf, type SagaInstance, type StoredInstance } from './instance-view.ts';
import { programOf } from './program.ts';
import type { SagaRecord, SagaStatus } from './record.ts';
import type { Saga, SagaTypes } from './saga.ts';
import { whyNotAgain } from './redrive.ts';
import type { StoredSnapshot } from './stored-snapshot.ts';

/** Makes the new state of an instance of the old. */
type Change = (state: unknown, status: string | null) => { readonly state: unknown; readonly status: string | null };

/** What the operations need of a runtime. */
export interface SagaHost {
  stored(name: string, key: string): StoredInstance | undefined;
  /** A page in the order of the keys, those after `after`. */
  storedAfter(name: string, limit: number, after: string): readonly StoredInstance[];
  signal(name: string, key: string, data: Json): Promise<void>;
  turns(name: string, key: string): readonly StoredTurn[];
  replaceState(name: string, key: string, change: Change): Promise<void>;
  /** The message that holds an instance; `origin` is what started the task, where it is the end of one. */
  holdingMessage(name: string, key: string): { kind: string; data: unknown; origin: unknown } | undefined;
  releaseHeld(name: string, key: string, how: 'retry' | 'discard'): Promise<void>;
  /** Calls back after every turn at an address, and once when the time is over; returns what ends both. */
  watch(
    address: string,
    watch: { readonly changed: () => void; readonly over: () => void; readonly ms: number },
  ): () => void;
}

/** Which instances to list. */
export interface ListOptions {
  readonly status?: SagaStatus | undefined;
  readonly limit?: number | undefined;
  /** The key of the last instance of the page before. */
  readonly after?: string | undefined;
}

/** What to wait for: the end, a state, or a tag. */
export type Until<T extends SagaTypes> = 'done' | { readonly state: T['state'] } | { readonly tag: T['tag'] };

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

  /** What happened to an instance, turn by turn, as far as the log still holds it. */
  history(saga: Saga, key: string): readonly SagaTransition[] {
    return toTransitions(this.#host.turns(saga.name, key));
  }

  /** The machine as a Mermaid state diagram, with the path an instance took and the state it is in. */
  diagram(saga: Saga, key?: string): string {
    const { machine } = saga.options;
    if (key === undefined) return drawMachine(machine);
    const { record } = this.#find(saga, key);
    const { value: state } = record.snapshot as unknown as StoredSnapshot;
    return drawMachine(machine, { state, visited: this.history(saga, key).map(({ to }) => to) });
  }

  /**
   * Resolves with the instance when it is in a state, has a tag, or is over (`done`: with whatever status). It need not
   * exist yet.
   *
   * @throws TroupeError `wait-timeout` after `timeout` (default 30 s); `not-found` where the instance ends otherwise
   */
  waitFor<T extends SagaTypes>(
    saga: Saga<T>,
    key: string,
    until: Until<T>,
    options: { readonly timeout?: Duration | undefined } = {},
  ): Promise<SagaInstance<T>> {
    const ms = toMs(options.timeout ?? '30s', 'timeout');
    const what = until === 'done' ? 'the end' : JSON.stringify(until);
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        stop();
        act();
      };
      const look = (): void => {
        const instance = this.get(saga, key);
        if (!instance) return;
        if (hasReached(instance, until)) settle(() => resolve(instance));
        else if (instance.isOver) {
          const text = `${saga.name}/${key} ended as ${instance.status} without reaching ${what}.`;
          settle(() => reject(new TroupeError('not-found', text)));
        }
      };
      const over = (): void => {
        const text = `${saga.name}/${key} has not reached ${what} within ${ms} ms. Ask runtime.why what it waits for.`;
        settle(() => reject(new TroupeError('wait-timeout', text, { retryable: true })));
      };
      const stop = this.#host.watch(`${saga.name}/${key}`, { changed: look, over, ms });
      look();
    });
  }

  /**
   * Ends an instance from outside; with `compensate` its completed steps are undone, those of a finished instance too.
   * Resolves when the request is durable.
   *
   * @throws TroupeError `not-found`
   */
  async cancel(saga: Saga, key: string, options: { readonly compensate?: boolean | undefined } = {}): Promise<void> {
    await this.#host.signal(saga.name, key, { cancel: { compensate: options.compensate ?? false } });
  }

  /**
   * Handles the message that holds an instance again, then what waited behind it.
   *
   * @throws TroupeError `not-found` where it is not held
   */
  async retry(saga: Saga, key: string): Promise<void> {
    await this.#host.releaseHeld(saga.name, key, 'retry');
  }

  /**
   * Gives up the message that holds an instance, and lets it go on with what waited behind it. A reply or the end of a
   * task that is skipped settles its step, without the machine: what it completed is undone.
   *
   * @throws TroupeError `not-found` where it is not held
   */
  async skip(saga: Saga, key: string): Promise<void> {
    const held = this.#host.holdingMessage(saga.name, key);
    if (held && held.kind !== 'event') {
      const { kind, data, origin } = held;
      await this.#host.signal(saga.name, key, { skipped: toFrozenJson({ kind, data, origin }, 'skipped message') });
    }
    await this.#host.releaseHeld(saga.name, key, 'discard');
  }

  /**
   * Replaces the context of an instance, held or not, also where a step that failed would be driven again from. The
   * invariant has to hold; the state stays as it is.
   *
   * @throws TroupeError `not-found`, `not-json`, `handler-failed`; `saga-held` where the code cannot load it
   */
  async edit<T extends SagaTypes>(
    saga: Saga<T>,
    key: string,
    change: (context: T['context']) => T['context'],
  ): Promise<void> {
    const { invariant } = saga.options;
    await this.#host.replaceState(saga.name, key, (state, status) => {
      const record = state as SagaRecord;
      if (record.print !== programOf(saga).print) throw notLoaded(saga, key);
      const { snapshot, failing } = record;
      const edited = withContext(snapshot, change);
      const verdict = invariant?.(edited.context as never) ?? true;
      if (verdict !== true) {
        const why = typeof verdict === 'string' ? verdict : 'it returned false';
        throw new TroupeError('handler-failed', `The invariant of saga ${saga.name} would not hold: ${why}.`);
      }
      const then = failing && { ...failing, snapshot: withContext(failing.snapshot, change) };
      return { status, state: { ...record, snapshot: edited, failing: then } };
    });
  }

  /**
   * Starts a step that failed once more, with the machine as it stood while the step was waiting; also for an instance
   * that has ended. `step` is its name in `setup({ actors })`.
   *
   * @throws TroupeError `not-found`; `invalid-options` where another step failed last, or what came after was undone
   */
  async redriveFrom(saga: Saga, key: string, step: string): Promise<void> {
    const { record } = this.#find(saga, key);
    const problem = whyNotAgain(record, step);
    if (problem !== undefined) {
      const text = `${saga.name}/${key} cannot be driven again from '${step}': ${problem}.`;
      throw new TroupeError('invalid-options', text);
    }
    await this.#host.signal(saga.name, key, { redrive: step });
  }

  /** The commands a saga may send and the events it may publish, and the sagas it starts. */
  participants(saga: Saga): {
    readonly commands: readonly string[];
    readonly events: readonly string[];
    readonly sagas: readonly string[];
  } {
    const program = programOf(saga);
    return {
      commands: program.sends().flatMap(({ type }) => (type.startsWith('troupe.') ? [] : [type])),
      events: (saga.options.publishes ?? []).map(({ type }) => type),
      sagas: program.children().map(({ name }) => name),
    };
  }

  #find(saga: Saga, key: string): { readonly record: SagaRecord } {
    const stored = this.#host.stored(saga.name, key);
    if (stored) return { record: stored.state as SagaRecord };
    throw new TroupeError('not-found', `There is no ${saga.name}/${key}.`);
  }
}

/** Written back, it would count as migrated. */
function notLoaded({ name }: Saga, key: string): TroupeError {
  const text = `${name}/${key} was written by another machine and cannot be loaded. Deploy a migrate step, then edit.`;
  return new TroupeError('saga-held', text);
}

function hasReached<T extends SagaTypes>(instance: SagaInstance<T>, until: Until<T>): boolean {
  if (until === 'done') return instance.isOver;
  return 'tag' in until ? instance.tags.has(until.tag) : instance.matches(until.state);
}

function withContext(snapshot: Json, change: (context: never) => unknown): StoredSnapshot {
  const stored = snapshot as unknown as StoredSnapshot;
  return { ...stored, context: toFrozenJson(change(structuredClone(stored.context) as never), 'context') };
}
