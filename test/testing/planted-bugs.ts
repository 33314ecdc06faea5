// Bugs planted into the kernel, each with the built-in invariant that names it.
import { Mailbox } from '../../src/runtime/delivery/mailbox.ts';
import type { DeliveryRow } from '../../src/runtime/store/records.ts';
import { SqliteDeadLetters, SqliteIdempotency } from '../../src/runtime/store/sqlite-records.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite-store.ts';
import { SqliteTasks, SqliteTimers } from '../../src/runtime/store/sqlite-time.ts';
import { SqliteDeliveries } from '../../src/runtime/store/sqlite-work.ts';
import type { Batch } from '../../src/runtime/store/store.ts';
import { Drain } from '../../src/runtime/turn/drain.ts';
import { Instance } from '../../src/runtime/turn/instance.ts';
import { Kernel } from '../../src/runtime/turn/kernel.ts';
import { SendInput } from '../../src/runtime/turn/message-input.ts';
import { Tasks } from '../../src/runtime/turn/tasks.ts';
import { Timers } from '../../src/runtime/turn/timers.ts';
import { WakeQueue } from '../../src/runtime/turn/wake-queue.ts';
import type { BuiltIn } from '../../src/testing/books.ts';

/** A bug, and how to plant it; what planting returns takes it out again. */
export interface Bug {
  readonly bug: string;
  readonly invariant: BuiltIn | 'the scenario ends';
  readonly plant: () => () => void;
}

type MethodsOf<T> = { [Name in keyof T]: T[Name] extends (...args: never) => unknown ? Name : never }[keyof T];

/** Replaces a method of a class by one that is given the instance and the original. */
function replace<
  T,
  Name extends MethodsOf<T>,
  Args extends (T[Name] extends (...args: infer A) => unknown ? A : never),
>(
  type: { readonly prototype: T },
  name: Name,
  body: (self: T, original: T[Name], ...args: Args) => unknown,
): () => void {
  const { prototype } = type;
  const original = prototype[name] as (...args: Args) => unknown;
  const method = function method(this: T, ...args: Args): unknown {
    return body(this, original.bind(this) as T[Name], ...args);
  };
  prototype[name] = method as T[Name];
  return () => void (prototype[name] = original as T[Name]);
}

const all =
  (...bugsOfOne: readonly (() => void)[]) =>
  (): void =>
    bugsOfOne.forEach(takeOut => takeOut());

/** Lets something other than the batch be written. */
const write = (change: (batch: Batch) => Partial<Batch>): (() => void) =>
  replace(SqliteStore, 'commit', (_, commit, batch: Batch, written?: () => void) =>
    commit({ ...batch, ...change(batch) }, written),
  );

/** Lets something other than the deliveries on disk be read. */
const read = (change: (rows: DeliveryRow[]) => DeliveryRow[]): (() => void) =>
  replace(SqliteDeliveries, 'all', (_, rows) => change(rows()));

const HOUR_MS = 3_600_000;
const early = (due: number | undefined): number | undefined => due && due - HOUR_MS;
const late = (due: number | undefined): number | undefined => due && due + HOUR_MS;

export const bugs: readonly Bug[] = [
  {
    bug: 'a handled message stays open on disk',
    invariant: 'memory equals disk',
    plant: () => write(() => ({ closed: [] })),
  },
  {
    bug: 'the last handled message of a commit stays open on disk',
    invariant: 'memory equals disk',
    plant: () => write(({ closed }) => ({ closed: closed.slice(1) })),
  },
  {
    bug: 'a call is not known by its idempotency key',
    invariant: 'applied once',
    plant: () =>
      all(
        replace(SqliteIdempotency, 'get', () => undefined),
        replace(SqliteIdempotency, 'add', (_, add, key, position, time) => add(`${key}/${position}`, position, time)),
      ),
  },
  {
    bug: 'idempotency keys are not written down',
    invariant: 'memory equals disk',
    plant: () => replace(SqliteIdempotency, 'add', () => undefined),
  },
  {
    bug: 'a handled message stays in its mailbox',
    invariant: 'applied once',
    plant: () => {
      const stayed = new WeakSet<object>();
      return replace(Mailbox, 'shift', (mailbox, shift) => {
        const delivery = mailbox.peek();
        if (!delivery || delivery.position % 3 > 0 || stayed.has(delivery)) shift();
        else stayed.add(delivery);
      });
    },
  },
  {
    bug: 'a message overtakes those that wait',
    invariant: 'in order of the sender',
    plant: () =>
      replace(Mailbox, 'push', (mailbox, _, delivery) => {
        const [first, ...others] = mailbox.waiting();
        mailbox.replace(first ? [first, delivery, ...others] : [delivery]);
      }),
  },
  {
    bug: 'open messages are read in reverse order after a start',
    invariant: 'in order of the sender',
    plant: () => read(rows => rows.toReversed()),
  },
  {
    bug: 'a failed attempt is not written down',
    invariant: 'memory equals disk',
    plant: () => write(() => ({ changed: [] })),
  },
  {
    bug: 'every attempt counts as the first',
    invariant: 'attempts counted',
    plant: () =>
      replace(Drain, 'change', (_, change, delivery) => {
        change(delivery);
        delivery.attempts = 0;
      }),
  },
  {
    bug: 'attempts are read as none after a start',
    invariant: 'memory equals disk',
    plant: () => read(rows => rows.map(row => ({ ...row, attempts: 0 }))),
  },
  {
    bug: 'attempts of a task are counted from one after a start',
    invariant: 'memory equals disk',
    plant: () => replace(SqliteTasks, 'all', (_, rows) => rows().map(row => ({ ...row, attempt: 1 }))),
  },
  {
    bug: 'the first open message is not read after a start',
    invariant: 'found again after a crash',
    plant: () => read(rows => rows.slice(1)),
  },
  {
    bug: 'open messages are read after a start, and put nowhere',
    invariant: 'memory equals disk',
    plant: () => replace(Drain, 'enqueue', (_, enqueue, delivery) => delivery.stored || enqueue(delivery)),
  },
  {
    bug: 'tasks are not taken up after a start',
    invariant: 'memory equals disk',
    plant: () => replace(Tasks, 'recover', () => undefined),
  },
  {
    bug: 'a caller is answered before the commit',
    invariant: 'output after commit',
    plant: () =>
      replace(SendInput, 'apply', (input, apply, drain) => {
        apply(drain);
        (input as { committed(of: Drain): void }).committed(drain);
      }),
  },
  {
    bug: 'a tap is told before the commit',
    invariant: 'output after commit',
    plant: () =>
      replace(Drain, 'append', ({ kernel }, append, draft) => {
        const message = append(draft);
        kernel.bus.emit('message', { id: kernel.idOf(message.position), type: message.type });
        return message;
      }),
  },
  {
    bug: 'a task starts before the commit of its message',
    invariant: 'memory equals disk',
    plant: () =>
      replace(Tasks, 'start', (_, start, drain, task) => {
        const afterCommit = { push: (later: () => void) => later() };
        start(Object.create(drain, { afterCommit: { value: afterCommit } }) as Drain, task);
      }),
  },
  {
    bug: 'timers fire an hour early',
    invariant: 'timers not early',
    plant: () =>
      all(
        replace(SqliteTimers, 'due', (_, due, now, limit) => due(now + HOUR_MS, limit)),
        replace(Timers, 'nextDue', (_, next) => early(next())),
      ),
  },
  {
    bug: 'timers are overslept',
    invariant: 'memory equals disk',
    plant: () => replace(Timers, 'nextDue', (_, next) => late(next())),
  },
  {
    bug: 'the message of a fired timer is kept in memory only',
    invariant: 'found again after a crash',
    plant: () => write(({ opened }) => ({ opened: opened.filter(({ timer }) => timer === null) })),
  },
  {
    bug: 'every fifth message is not delivered',
    invariant: 'nothing lost',
    plant: () =>
      replace(Drain, 'offer', (_, offer, subscription, message) => {
        if (message.position % 5 > 0) offer(subscription, message);
      }),
  },
  {
    bug: 'a cause is a message that was never committed',
    invariant: 'caused by what is known',
    plant: () =>
      replace(Drain, 'append', (_, append, draft) => {
        const message = append(draft);
        return message.cause === null ? message : Object.assign(message, { cause: message.position + 1 });
      }),
  },
  {
    bug: 'a commit does not move the sequence on',
    invariant: 'nothing lost',
    plant: () => write(({ last, messages }) => ({ last: last - messages.length })),
  },
  {
    bug: 'an aborted turn leaves its state in memory',
    invariant: 'memory equals disk',
    plant: () =>
      replace(Instance, 'restore', ({ mailbox }) => {
        mailbox.restore();
      }),
  },
  {
    bug: 'an aborted turn leaves the mailbox as it is',
    invariant: 'memory equals disk',
    plant: () => replace(Mailbox, 'restore', () => undefined),
  },
  {
    bug: 'every other state is not written',
    invariant: 'memory equals disk',
    plant: () => write(({ states }) => ({ states: states.filter(({ id }) => id % 2 === 0) })),
  },
  {
    bug: 'an instance with more to do is not made ready again',
    invariant: 'nothing stuck',
    plant: () =>
      replace(Kernel, 'makeReady', (_, makeReady, instance) => {
        if (instance.mailbox.length < 2 || instance.key !== 'default') makeReady(instance);
      }),
  },
  {
    bug: 'nothing that waits for its time is woken',
    invariant: 'the scenario ends',
    plant: () => replace(WakeQueue, 'add', () => undefined),
  },
  {
    bug: 'a duplicate is told another reply than the first caller',
    invariant: 'answered once',
    plant: () =>
      replace(SqliteIdempotency, 'settle', (_, settle, key, outcome, reply) =>
        settle(key, outcome, reply?.replaceAll(/\d/g, '9') ?? null),
      ),
  },
  {
    bug: 'dead letters are not kept',
    invariant: 'memory equals disk',
    plant: () => replace(SqliteDeadLetters, 'add', () => 1),
  },
];
