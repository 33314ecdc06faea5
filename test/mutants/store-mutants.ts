// Mutants of what is stored: the commit, what waits for it, and the file.
import type { Mutant } from './mutant.ts';

export const storeMutants: readonly Mutant[] = [
  {
    name: 'accepts before the commit',
    breaks: 'P1',
    file: 'runtime/turn/fill.ts',
    find: `    input.apply(drain);`,
    replace: `    input.apply(drain);
    input.committed(drain);`,
    tests: ['runtime/turn/abort'],
  },
  {
    name: 'releases effects before the commit',
    breaks: 'P4',
    file: 'runtime/turn/commit.ts',
    find: `  kernel.store.commit(batch, written);`,
    replace: `  for (const later of drain.afterCommit.splice(0)) later();
  kernel.store.commit(batch, written);`,
    tests: ['runtime/turn/task-cancel'],
  },
  {
    name: 'answers askers before the commit',
    breaks: 'P4',
    file: 'runtime/turn/settle.ts',
    find: `  drain.settled.set(command.position, settlement);`,
    replace: `  for (const waiter of drain.kernel.waiters.get(command.position) ?? []) waiter.settle(settlement);
  drain.settled.set(command.position, settlement);`,
    tests: ['runtime/turn/abort'],
  },
  {
    name: 'tells taps before the commit',
    breaks: 'P4',
    file: 'runtime/turn/drain.ts',
    find: `    this.messages.push(message);`,
    replace: `    this.messages.push(message);
    if (this.kernel.bus.hears('message')) this.kernel.bus.emit('message', message);`,
    tests: ['runtime/delivery/bus'],
  },
  {
    name: 'does not write open deliveries',
    breaks: 'P1',
    file: 'runtime/store/sqlite-store.ts',
    find: `    this.deliveries.rows.write(batch.opened);\n`,
    replace: '',
    tests: ['runtime/turn/holds'],
  },
  {
    name: 'does not remove closed deliveries',
    breaks: 'P3',
    file: 'runtime/store/sqlite-store.ts',
    find: `    for (const id of batch.closed) this.deliveries.close(id);\n`,
    replace: '',
    tests: ['runtime/turn/stash'],
  },
  {
    name: 'dedupes in a transaction of its own',
    breaks: 'P3',
    file: 'runtime/turn/message-input.ts',
    find: `  kernel.store.idempotency.add(key, position, drain.now);`,
    replace: `  drain.afterCommit.push(() => kernel.store.idempotency.add(key, position, drain.now));`,
    tests: ['runtime/turn/ask'],
  },
  {
    name: 'forgets the idempotency key of a delayed message',
    breaks: 'P3',
    file: 'runtime/turn/message-input.ts',
    find: `    if (options.idempotencyKey !== undefined) addKey(drain, options.idempotencyKey, position);\n`,
    replace: '',
    tests: ['runtime/turn/ask'],
  },
  {
    name: 'does not keep the reply for duplicates',
    breaks: 'K21',
    file: 'runtime/turn/settle.ts',
    find: `    store.idempotency.settle(command.idempotencyKey, settlement.ok ? 'done' : 'failed', text);`,
    replace: `    if (!settlement.ok) store.idempotency.settle(command.idempotencyKey, 'failed', text);`,
    tests: ['runtime/turn/ask'],
  },
  {
    name: 'does not look at the epoch',
    breaks: 'P8',
    file: 'runtime/store/sqlite-store.ts',
    find: `and not exists (select 1 from troupe_epochs where epoch > ?)`,
    replace: `and epoch <= ?`,
    tests: ['runtime/store/file'],
  },
  {
    name: 'gives up the lock of a file with the transaction that took it',
    breaks: 'P8',
    file: 'runtime/store/lock.ts',
    find: `    lock.pragma('locking_mode = EXCLUSIVE');\n`,
    replace: '',
    tests: ['process/lock'],
  },
  {
    name: 'flushes as if NORMAL were FULL',
    breaks: 'P1',
    file: 'runtime/store/open.ts',
    find: `const wanted = durability === 'full' ? 2 : 1;`,
    replace: `const wanted = 1;`,
    tests: ['runtime/store/file'],
  },
  {
    name: 'does not see that a caught error ended the transaction',
    breaks: 'K10',
    file: 'runtime/store/application-sql.ts',
    find: `    if (!this.#database.inTransaction) throw new TransactionLostError(undefined);
    if (!this.#savepoint) return;
    this.#savepoint = false;
    try {`,
    replace: `    if (!this.#savepoint || !this.#database.inTransaction) return;
    this.#savepoint = false;
    try {`,
    tests: ['runtime/store/application-sql'],
  },
  {
    name: 'keeps the SQL of a turn that throws',
    breaks: 'P2',
    file: 'runtime/turn/run-turn.ts',
    find: `    kernel.applicationSql.drop(error);`,
    replace: `    kernel.applicationSql.keep();`,
    tests: ['runtime/store/application-sql'],
  },
  {
    name: 'goes on after an I/O error at a commit',
    breaks: 'P10',
    file: 'runtime/turn/abort.ts',
    find: `      return isLost && !isBroken(cause) ? 'lost' : 'fatal';`,
    replace: `      return isLost && !isBroken(cause) ? 'lost' : 'busy';`,
    tests: ['runtime/turn/identity'],
  },
  {
    name: 'drops accepted work when the disk is full',
    breaks: 'P9',
    file: 'runtime/turn/scheduler.ts',
    find: `      if (input.fromEdge) input.rejected(error);
      else this.queue.inputs.push(input);`,
    replace: `      input.rejected(error);`,
    tests: ['runtime/turn/task-attempt'],
  },
  {
    name: 'takes the id of a message that was never kept for a duplicate',
    breaks: 'K2',
    file: 'runtime/turn/kernel.ts',
    find: `    return position <= last ? position : undefined;`,
    replace: `    return last === undefined ? undefined : position;`,
    tests: ['runtime/turn/identity'],
  },
  {
    name: 'goes on writing to a file that was replaced',
    breaks: 'P8',
    file: 'runtime/store/sqlite-store.ts',
    find: `    this.#checkIdentity(this.#file);\n`,
    replace: '',
    tests: ['runtime/store/file'],
  },
  {
    name: 'keeps cursors in memory',
    breaks: 'K13',
    file: 'runtime/turn/drain.ts',
    find: `    this.kernel.store.subscriptions.setCursor(subscription.id, cursor);\n`,
    replace: '',
    tests: ['runtime/turn/catch-up'],
  },
  {
    name: 'accepts messages while it stops',
    breaks: 'P13',
    file: 'runtime/turn/scheduler.ts',
    find: `        isClosing: this.#closed,`,
    replace: `        isClosing: this.#state !== 'running',`,
    tests: ['runtime/stop'],
  },
];
