// Bugs planted into the kernel, each with the built-in invariants that may name it.
import { Mailbox } from '../../src/runtime/delivery/mailbox.ts';
import { Router } from '../../src/runtime/delivery/router.ts';
import { SqliteDeadLetters, SqliteIdempotency } from '../../src/runtime/store/sqlite-records.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite-store.ts';
import { SqliteTasks, SqliteTimers } from '../../src/runtime/store/sqlite-time.ts';
import { SqliteDeliveries } from '../../src/runtime/store/sqlite-work.ts';
import type { DeliveryRow } from '../../src/runtime/store/records.ts';
import type { Batch } from '../../src/runtime/store/store.ts';
import { Drain } from '../../src/runtime/turn/drain.ts';
import { Act } from '../../src/runtime/turn/input.ts';
import { Instance } from '../../src/runtime/turn/instance.ts';
import { Instances } from '../../src/runtime/turn/instances.ts';
import { Kernel } from '../../src/runtime/turn/kernel.ts';
import { SendInput } from '../../src/runtime/turn/message-input.ts';
import { Tasks } from '../../src/runtime/turn/tasks.ts';
import { Timers } from '../../src/runtime/turn/timers.ts';
import { WakeQueue } from '../../src/runtime/turn/wake-queue.ts';
import type { BuiltIn } from '../../src/testing/books.ts';

/** A bug, and how to plant it; what planting returns takes it out again. */
export interface Bug {
  readonly bug: string;
  readonly invariant: BuiltIn;
  readonly plant: () => () => void;
}

/** Replaces a method of a class. */
function replace<T extends object, Name extends keyof T>(
  type: { readonly prototype: T },
  name: Name,
  make: (original: T[Name]) => T[Name],
): () => void {
  const { prototype } = type;
  const original = prototype[name];
  prototype[name] = make(original);
  return () => void (prototype[name] = original);
}

/** Lets something other than the batch be written. */
const rewrite = (change: (batch: Batch) => Partial<Batch>): (() => void) =>
  replace(
    SqliteStore,
    'commit',
    original =>
      function commit(batch, written) {
        original.call(this, { ...batch, ...change(batch) }, written);
      },
  );

const reread = (change: (rows: DeliveryRow[]) => DeliveryRow[]): (() => void) =>
  replace(
    SqliteDeliveries,
    'all',
    original =>
      function all() {
        return change(original.call(this));
      },
  );

const HOUR_MS = 3_600_000;

export const bugs: readonly Bug[] = [
  {
    bug: 'a handled delivery stays on disk',
    invariant: 'memory equals disk',
    plant: () => rewrite(() => ({ closed: [] })),
  },
  {
    bug: 'a call is not known by its idempotency key',
    invariant: 'applied once',
    plant: () => replace(SqliteIdempotency, 'get', () => () => undefined),
  },
  {
    bug: 'messages that were handled are handled again after a start',
    invariant: 'applied once',
    plant: () => replace(SqliteDeliveries, 'close', () => () => {}),
  },
  {
    bug: 'a message overtakes those that wait',
    invariant: 'in order of the sender',
    plant: () =>
      replace(
        Mailbox,
        'push',
        () =>
          function push(delivery) {
            const [first, ...others] = this.waiting();
            this.replace(first ? [first, delivery, ...others] : [delivery]);
          },
      ),
  },
  {
    bug: 'open messages are read in the wrong order after a start',
    invariant: 'in order of the sender',
    plant: () => reread(rows => rows.toReversed()),
  },
  {
    bug: 'a failed attempt is not written down',
    invariant: 'memory equals disk',
    plant: () => rewrite(() => ({ changed: [] })),
  },
  {
    bug: 'attempts are counted from zero after a start',
    invariant: 'attempts counted',
    plant: () => reread(rows => rows.map(row => ({ ...row, attempts: 0 }))),
  },
  {
    bug: 'attempts of a task are counted from one after a start',
    invariant: 'attempts counted',
    plant: () =>
      replace(
        SqliteTasks,
        'all',
        original =>
          function all() {
            return original.call(this).map(row => ({ ...row, attempt: 1 }));
          },
      ),
  },
  {
    bug: 'some open messages are not read after a start',
    invariant: 'found again after a crash',
    plant: () => reread(rows => rows.slice(1)),
  },
  {
    bug: 'open messages are read after a start, and put nowhere',
    invariant: 'memory equals disk',
    plant: () =>
      replace(
        Drain,
        'enqueue',
        original =>
          function enqueue(delivery) {
            return delivery.stored || original.call(this, delivery);
          },
      ),
  },
  {
    bug: 'tasks are not taken up after a start',
    invariant: 'memory equals disk',
    plant: () => replace(Tasks, 'recover', () => () => {}),
  },
  {
    bug: 'a caller is answered before the commit',
    invariant: 'output after commit',
    plant: () =>
      replace(
        SendInput,
        'apply',
        original =>
          function apply(drain) {
            original.call(this, drain);
            this.committed(drain);
          },
      ),
  },
  {
    bug: 'a tap is told before the commit',
    invariant: 'output after commit',
    plant: () =>
      replace(
        Drain,
        'append',
        original =>
          function append(draft) {
            const message = original.call(this, draft);
            this.kernel.bus.emit('message', { id: this.kernel.idOf(message.position), type: message.type });
            return message;
          },
      ),
  },
  {
    bug: 'a task starts before the commit of its message',
    invariant: 'output after commit',
    plant: () =>
      replace(
        Tasks,
        'start',
        original =>
          function start(drain, task) {
            const run = (...all: readonly (() => void)[]): number => {
              for (const one of all) one();
              return 0;
            };
            const eager = Object.create(drain, { afterCommit: { value: { push: run } } }) as Drain;
            original.call(this, eager, task);
          },
      ),
  },
  {
    bug: 'timers fire an hour early',
    invariant: 'timers not early',
    plant: () => {
      const takeOut = replace(
        SqliteTimers,
        'due',
        original =>
          function due(now, limit) {
            return original.call(this, now + HOUR_MS, limit);
          },
      );
      const asWell = replace(
        Timers,
        'nextDue',
        original =>
          function nextDue() {
            const next = original.call(this);
            return next === undefined ? undefined : next - HOUR_MS;
          },
      );
      return () => {
        takeOut();
        asWell();
      };
    },
  },
  {
    bug: 'timers sleep too long',
    invariant: 'memory equals disk',
    plant: () =>
      replace(
        Timers,
        'nextDue',
        original =>
          function nextDue() {
            const next = original.call(this);
            return next === undefined ? undefined : next + HOUR_MS;
          },
      ),
  },
  {
    bug: 'a fired timer is forgotten when its process dies',
    invariant: 'memory equals disk',
    plant: () => rewrite(({ opened }) => ({ opened: opened.filter(({ timer }) => timer === null) })),
  },
  {
    bug: 'every fifth message is not delivered',
    invariant: 'nothing lost',
    plant: () =>
      replace(
        Drain,
        'offer',
        original =>
          function offer(subscription, message) {
            if (message.position % 5 !== 0) original.call(this, subscription, message);
          },
      ),
  },
  {
    bug: 'an event reaches its first subscriber only, late ones never',
    invariant: 'nothing lost',
    plant: () =>
      replace(
        Router,
        'subscribers',
        original =>
          function subscribers(type) {
            return new Error('who').stack?.includes('books.ts') ? original.call(this, type) : [];
          },
      ),
  },
  {
    bug: 'a cause is a message that was never committed',
    invariant: 'caused by what is known',
    plant: () =>
      replace(
        Drain,
        'append',
        original =>
          function append(draft) {
            const message = original.call(this, draft);
            return message.cause === null ? message : Object.assign(message, { cause: message.position + 1 });
          },
      ),
  },
  {
    bug: 'the position of an aborted drain is not given back, nor that of a commit kept',
    invariant: 'memory equals disk',
    plant: () => rewrite(({ last }) => ({ last: last - 1 })),
  },
  {
    bug: 'an aborted turn leaves its state in memory',
    invariant: 'memory equals disk',
    plant: () =>
      replace(
        Instance,
        'restore',
        () =>
          function restore() {
            this.mailbox.restore();
            this.dirtyIn = 0;
          },
      ),
  },
  {
    bug: 'an aborted turn leaves its mailbox as it is',
    invariant: 'memory equals disk',
    plant: () => replace(Mailbox, 'restore', () => () => {}),
  },
  {
    bug: 'a state is not written',
    invariant: 'memory equals disk',
    plant: () => rewrite(({ states }) => ({ states: states.filter(({ id }) => id % 2 === 0) })),
  },
  {
    bug: 'an instance is forgotten with its mailbox',
    invariant: 'memory equals disk',
    plant: () =>
      replace(
        Instances,
        'passivate',
        original =>
          function passivate(instance) {
            instance.mailbox.replace([]);
            original.call(this, instance);
          },
      ),
  },
  {
    bug: 'a ready instance is now and then not made ready',
    invariant: 'nothing stuck',
    plant: () =>
      replace(
        Kernel,
        'makeReady',
        original =>
          function makeReady(instance) {
            if (this.committed % 7 !== 6) original.call(this, instance);
          },
      ),
  },
  {
    bug: 'a retry is never woken',
    invariant: 'nothing stuck',
    plant: () => replace(WakeQueue, 'add', () => () => {}),
  },
  {
    bug: 'the end of a task is dropped',
    invariant: 'nothing stuck',
    plant: () => replace(Act<unknown>, 'committed', () => () => {}),
  },
  {
    bug: 'a duplicate is told another reply than the first caller',
    invariant: 'answered once',
    plant: () =>
      replace(
        SqliteIdempotency,
        'settle',
        original =>
          function settle(key, outcome, reply) {
            original.call(this, key, outcome, reply === null ? null : reply.replaceAll(/\d/g, '9'));
          },
      ),
  },
  {
    bug: 'dead letters are counted, and not kept',
    invariant: 'memory equals disk',
    plant: () => replace(SqliteDeadLetters, 'count', () => () => 1),
  },
  {
    bug: 'a step is not remembered',
    invariant: 'answered once',
    plant: () => replace(SqliteTasks, 'putStep', () => () => {}),
  },
];
