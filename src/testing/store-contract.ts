// The contract of a store as plain cases: whoever writes one runs these against it, in any test framework.
import assert from 'node:assert/strict';
import type { DeliveryRow, LoggedMessage, StateRow } from '../runtime/store/records.ts';
import type { Batch, Store } from '../runtime/store/store.ts';

/** How the cases get stores. */
export interface StoreHarness {
  /** A new, empty store. */
  create(): Store;
  /** Another store on the same data, after `store` was closed or lost its process. */
  reopen(store: Store, how: 'closed' | 'crashed'): Store;
}

/** One rule of the contract. Throws where the store breaks it. */
export interface StoreCase {
  readonly name: string;
  readonly run: (harness: StoreHarness) => void;
}

const NOTHING: Batch = { messages: [], turns: [], states: [], opened: [], changed: [], closed: [], last: 0, time: 0 };

function message(position: number, more: Partial<LoggedMessage> = {}): LoggedMessage {
  return {
    position,
    type: 'contract.event',
    version: 1,
    kind: 'event',
    key: 'k',
    source: 'edge',
    correlation: null,
    cause: null,
    time: position,
    hops: 0,
    direct: 0,
    expires: null,
    idempotencyKey: null,
    replyTo: null,
    headers: null,
    text: `{"n":${position}}`,
    ...more,
  };
}

function delivery(id: number, position: number, more: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id,
    message: position,
    subscription: 1,
    key: 'k',
    status: 'open',
    attempts: 0,
    crashes: 0,
    due: 0,
    timer: null,
    generation: null,
    failures: null,
    ...more,
  };
}

function state(id: number, address: string, data: string): StateRow {
  return { id, address, version: 1, incarnation: 1, status: null, conversation: null, updated: 1, data };
}

let incarnations = 0;

/** Opens an epoch, without which nothing can be committed. */
function openEpoch(store: Store): Store {
  incarnations += 1;
  assert(store.begin(), 'a store that nobody uses begins');
  const { last } = store.openEpoch(incarnations.toString(16).padStart(16, '0'), 1);
  store.commit({ ...NOTHING, last, time: 1 });
  return store;
}

function write(store: Store, batch: Partial<Batch>, act: () => void = () => {}): void {
  assert(store.begin());
  act();
  const last = batch.messages?.at(-1)?.position ?? store.epochs.at(-1)?.last ?? 0;
  store.commit({ ...NOTHING, last, time: 2, ...batch });
}

const rule = (name: string, check: (store: Store, harness: StoreHarness) => void): StoreCase => ({
  name,
  run: harness => {
    const store = openEpoch(harness.create());
    try {
      check(store, harness);
    } finally {
      store.close();
    }
  },
});

/** Every rule; more come with what the kernel asks of a store. */
export const storeContract: readonly StoreCase[] = [
  rule('returns what was written, field by field', store => {
    const full = message(1, {
      correlation: 'mine',
      cause: 7,
      expires: 9,
      idempotencyKey: 'i',
      replyTo: '["a","b","c"]',
      headers: '{"x":"y"}',
    });
    write(store, { messages: [full, message(2, { correlation: 1 })], opened: [delivery(5, 1, { failures: '[]' })] });
    assert.deepEqual({ ...store.messages.get(1) }, full);
    assert.equal(store.messages.get(2)?.correlation, 1);
    assert.equal(store.messages.get(3), undefined);
    assert.deepEqual(store.deliveries.all(), [delivery(5, 1, { failures: '[]' })]);
  }),
  rule('returns the turns of a message in their order, with and without a detail', store => {
    const fixed = { message: 1, subscription: 2, attempt: 1, key: null, at: 3, queueUs: 4, runUs: 5 };
    const turn = { ...fixed, turn: 7, outcome: 'done', error: null, detail: null, visit: null };
    const told = { ...fixed, turn: 6, outcome: 'failed', error: 'Error: no', detail: '{"a":[1]}', visit: 'k' };
    write(store, { messages: [message(1)], turns: [turn, told, { ...turn, message: 2 }] });
    assert.deepEqual(store.messages.turnsOf(1), [told, turn]);
  }),
  rule('finds the turns at an address by its conversation and its visits, and by looking at all', store => {
    const fixed = {
      subscription: 2,
      attempt: 1,
      at: 3,
      queueUs: 4,
      runUs: 5,
      outcome: 'done',
      error: null,
      detail: null,
    };
    const turn = { ...fixed, message: 1, turn: 11, key: null, visit: null };
    const other = { ...turn, message: 2, turn: 12, key: 'other' };
    const visit = { ...turn, message: 3, turn: 13, visit: 'k' };
    const stranger = { ...visit, turn: 14, subscription: 9 };
    const late = { ...turn, message: 2, turn: 15 };
    const messages = [message(1, { key: 'k' }), message(2, { key: 'k', correlation: 1 }), message(3, { key: 'k' })];
    write(store, { messages, turns: [turn, other, visit, stranger, late] });
    const at = { subscriptions: [2, 3], key: 'k' };
    const page = { limit: 10, after: 0 };
    assert.deepEqual(store.messages.turnsAt({ ...at, conversation: 1 }, page), [turn, visit, late]);
    assert.deepEqual(store.messages.turnsAt({ ...at, conversation: null }, page), [visit]);
    assert.deepEqual(store.messages.turnsAt({ ...at, conversation: undefined }, page), [turn, visit, late]);
    assert.deepEqual(store.messages.turnsAt({ ...at, conversation: 1 }, { limit: 1, after: 11 }), [visit]);
  }),
  rule('finds what an address has caused in a conversation', store => {
    const sent = message(2, { correlation: 1, cause: 1, source: 'a/k' });
    const foreign = message(3, { correlation: 1, cause: 1, source: 'b/k' });
    write(store, { messages: [message(1), sent, foreign, message(4, { correlation: 4, cause: 1, source: 'a/k' })] });
    const caused = store.messages.causedBy(1, { source: 'a/k', causes: [1] });
    assert.deepEqual(
      caused.map(({ position }) => position),
      [2],
    );
  }),
  rule('writes as many rows as a drain has, in order', store => {
    const messages = Array.from({ length: 131 }, (_, at) => message(at + 1));
    write(store, { messages, opened: messages.map(({ position }) => delivery(1000 - position, position)) });
    assert.equal(store.messages.list(1000, 1000).length, 131);
    assert.deepEqual(
      store.messages.routedAfter(120, 125, 100).map(({ position }) => position),
      [121, 122, 123, 124, 125],
    );
    const ids = store.deliveries.all().map(({ id }) => id);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
  }),
  rule('keeps nothing of what was rolled back', store => {
    assert(store.begin());
    store.idempotency.add('k', 1, 1);
    store.timers.put({ name: 'a', key: 'k', timer: 't', generation: 1, due: 5, clock: 'wall', message: '{}' });
    store.rollback();
    assert.equal(store.inTransaction, false);
    assert.equal(store.idempotency.get('k'), undefined);
    assert.equal(store.timers.nextDue(), undefined);
  }),
  rule('commits everything of a batch or nothing', store => {
    write(store, { messages: [message(1)] });
    assert(store.begin());
    const bad = { ...NOTHING, messages: [message(2), message(1)], states: [state(1, 'a/k', '1')], last: 2 };
    assert.throws(() => store.commit(bad));
    store.rollback();
    assert.equal(store.messages.get(2), undefined);
    assert.equal(store.states.get('a/k'), undefined);
  }),
  rule('updates a state in place and finds it by address', store => {
    write(store, { states: [state(1, 'a/k', '1'), state(2, 'a/l', '2'), state(3, 'ab/k', '3')] });
    write(store, { states: [{ ...state(1, 'a/k', '9'), version: 2 }] });
    assert.equal(store.states.get('a/k')?.data, '9');
    assert.deepEqual(
      store.states.list('a/', 10, '').map(({ address }) => address),
      ['a/k', 'a/l'],
    );
    assert.equal(store.states.lastId(), 3);
  }),
  rule('removes the states of one name, and no other', store => {
    write(store, { states: [state(1, 'a/k', '1'), state(2, 'a/l', '2'), state(3, 'ab/k', '3'), state(4, 'b/k', '4')] });
    write(store, {}, () => store.states.removeAll('a/'));
    assert.equal(store.states.get('a/l'), undefined);
    assert.deepEqual(
      [store.states.get('ab/k')?.id, store.states.get('b/k')?.id, store.states.list('a/', 10, '').length],
      [3, 4, 0],
    );
  }),
  rule('changes and closes deliveries', store => {
    write(store, { messages: [message(1)], opened: [delivery(1, 1), delivery(2, 1, { key: 'l', subscription: 2 })] });
    write(store, { changed: [delivery(1, 1, { attempts: 2, due: 77 })], closed: [2] });
    assert.deepEqual(store.deliveries.all(), [delivery(1, 1, { attempts: 2, due: 77 })]);
    assert.deepEqual(store.deliveries.of([1, 2], 'k').length, 1);
    assert.equal(store.deliveries.isOpen(1), true);
    write(store, { closed: [1] });
    assert.equal(store.deliveries.isOpen(1), false);
  }),
  rule('gives due timers in the order they are due, and each once', store => {
    const row = { name: 'a', key: 'k', clock: 'wall', message: '{}' } as const;
    write(store, {}, () => {
      store.timers.put({ ...row, timer: 'late', generation: 1, due: 30 });
      store.timers.put({ ...row, timer: 'soon', generation: 2, due: 10 });
      store.timers.put({ ...row, timer: 'mid', generation: 3, due: 20, clock: 'up' });
    });
    assert.equal(store.timers.nextDue(), 10);
    assert.deepEqual(
      store.timers.due(25, 10).map(({ timer }) => timer),
      ['soon', 'mid'],
    );
    write(store, {}, () => {
      store.timers.markFired('a', 'k', 'soon');
      store.timers.shiftUp(100);
    });
    assert.equal(store.timers.nextDue(), 30);
    assert.equal(store.timers.get('a', 'k', 'mid')?.due, 120);
    assert.equal(store.timers.get('a', 'k', 'soon')?.fired, 1);
  }),
  rule('refuses a key a second time', store => {
    write(store, {}, () => store.idempotency.add('k', 1, 1));
    assert(store.begin());
    assert.throws(() => store.idempotency.add('k', 2, 1));
    store.rollback();
    write(store, {}, () => store.idempotency.settle('k', 'done', '5'));
    assert.deepEqual(
      { ...store.idempotency.get('k') },
      { key: 'k', position: 1, time: 1, outcome: 'done', reply: '5' },
    );
  }),
  rule('finds the dead letter that holds an address', store => {
    const row = {
      message: 1,
      subscription: 1,
      name: 'a',
      key: 'k',
      attempts: 1,
      crashes: 0,
      delivery: 1,
      failures: '[]',
    };
    const exhausted = { ...row, reason: 'attempts-exhausted', lane: null };
    const ids: number[] = [];
    write(store, {}, () => {
      for (const time of [1, 2, 3]) ids.push(store.deadLetters.add({ ...exhausted, time }));
      for (const other of [{ key: 'other' }, { reason: 'filter-failed' }, { lane: 'l' }]) {
        store.deadLetters.add({ ...exhausted, ...other, time: 2 });
      }
    });
    assert.deepEqual(store.deadLetters.holding('a', 'k', 2), { ...exhausted, id: ids[1], time: 2 });
    assert.equal(store.deadLetters.holding('a', 'k', 0), undefined);
  }),
  rule('finds the claim that applies to a message, and ends it with its instance', store => {
    const claim = { command: 'c', key: 'k', since: 5, ended: null, saga: 'a', sagaKey: 's' };
    const [by, other] = [
      { saga: 'a', sagaKey: 's' },
      { saga: 'b', sagaKey: 's' },
    ] as const;
    const at = (position: number): unknown => store.claims.at('c', 'k', position)?.saga;
    write(store, {}, () => {
      store.claims.take(claim);
      store.claims.take({ ...claim, since: 7 });
      store.claims.take({ ...claim, ...other, since: 7 });
    });
    assert.deepEqual([at(4), at(5), at(9)], [undefined, 'a', 'a']);
    assert.equal(store.claims.at('c', 'other', 5), undefined);
    write(store, {}, () => store.claims.end(by, 8));
    assert.deepEqual([at(8), at(9)], ['a', 'b']);
    write(store, {}, () => store.claims.end(other, 9));
    assert.deepEqual([at(9), at(10)], ['b', undefined]);
    write(store, {}, () => store.claims.revive(by, 12));
    assert.deepEqual([at(11), at(12)], [undefined, 'a']);
    assert.deepEqual(store.claims.kinds(), [{ saga: 'a', command: 'c' }]);
    assert.deepEqual(store.claims.unstarted([]), [{ ...claim, since: 12 }]);
    write(store, {}, () => store.claims.endKind({ saga: 'a', command: 'c' }, 12));
    assert.deepEqual([at(12), at(13)], ['a', undefined]);
  }),
  rule('removes the steps of a task with the task', store => {
    const counts = { incarnation: 1, attempt: 1, crashes: 0, alone: 0, due: 0 };
    const row = { ...counts, message: 1, subscription: 1, key: 'k', failures: null, lane: 'l' };
    write(store, {}, () => {
      for (const id of [1, 2]) store.tasks.put({ ...row, id });
      store.tasks.putStep(1, 's', '1');
      store.tasks.putStep(2, 's', '2');
    });
    write(store, {}, () => store.tasks.remove(1));
    assert.deepEqual([...store.tasks.steps(1)], []);
    assert.deepEqual([...store.tasks.steps(2)], [['s', '2']]);
    assert.deepEqual(store.tasks.all(), [{ ...row, id: 2 }]);
  }),
  rule('keeps what was committed and nothing else over a crash', (store, harness) => {
    write(store, { messages: [message(1)] });
    assert(store.begin());
    store.idempotency.add('lost', 1, 1);
    store.rollback();
    const next = harness.reopen(store, 'crashed');
    assert.equal(next.messages.get(1)?.position, 1);
    assert.equal(next.idempotency.get('lost'), undefined);
    next.close();
  }),
  rule('goes on with positions after the last epoch, also when the log is empty', (store, harness) => {
    write(store, { last: 41 });
    const next = openEpoch(harness.reopen(store, 'closed'));
    const own = next.epochs.at(-1);
    assert.equal(own?.first, 42);
    assert.equal(next.epochs.at(-2)?.last, 41);
    assert.notEqual(own?.incarnation, next.epochs.at(-2)?.incarnation);
    next.close();
  }),
  rule('says whether the last owner stopped in good order', (store, harness) => {
    assert(store.begin());
    store.closeEpoch(9);
    store.commit({ ...NOTHING, last: 0, time: 9 });
    const next = openEpoch(harness.reopen(store, 'closed'));
    assert.deepEqual(
      next.epochs.map(({ clean }) => clean),
      [1, 0],
    );
    next.close();
  }),
];
