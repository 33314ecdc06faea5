// Audit: what a store and the process on it hold, read once for the checks that compare the two.
import type { Delivery } from '../runtime/delivery/mailbox.ts';
import type { Registration } from '../runtime/delivery/subscription.ts';
import { formatAddress } from '../runtime/message/address.ts';
import type { DeliveryRow, TaskRow } from '../runtime/store/records.ts';
import type { SqliteStore } from '../runtime/store/sqlite-store.ts';
import { Statements } from '../runtime/store/statements.ts';
import type { Instance } from '../runtime/turn/instance.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';

/** What is audited. */
export interface Audited {
  readonly kernel: Kernel;
  readonly store: SqliteStore;
  /** Messages from this position on must be accounted for: those the code of today has routed. */
  readonly from: number;
  /** Ids of deliveries that a test keeps on their way. */
  readonly withheld: ReadonlySet<number>;
}

/** The open work of a store beside what the process makes of it. */
export class Audit {
  readonly kernel: Kernel;
  readonly store: SqliteStore;
  readonly from: number;
  readonly withheld: ReadonlySet<number>;
  readonly deliveries: readonly DeliveryRow[];
  readonly tasks: readonly TaskRow[];

  constructor({ kernel, store, from, withheld }: Audited) {
    this.kernel = kernel;
    this.store = store;
    this.from = from;
    this.withheld = withheld;
    this.deliveries = store.deliveries.all();
    this.tasks = store.tasks.all();
  }

  /** The instances in memory, each with the registration it belongs to. */
  *instances(): Iterable<{ readonly registration: Registration; readonly instance: Instance }> {
    const { registrations, instances } = this.kernel;
    for (const registration of registrations) {
      for (const instance of instances.of(registration)) yield { registration, instance };
    }
  }

  /** `payment.charge for payments/1`. */
  label({ message, subscription, key }: Pick<DeliveryRow, 'message' | 'subscription' | 'key'>): string {
    const type = this.store.messages.get(message)?.type ?? `the missing message ${message}`;
    const name = this.kernel.subscription(subscription)?.registration.behavior.name ?? `subscription ${subscription}`;
    return `${type} for ${formatAddress(name, key)}`;
  }

  /** The instance of a row, where it is in memory. */
  instanceOf({ subscription, key }: Pick<DeliveryRow, 'subscription' | 'key'>): Instance | undefined {
    const registration = this.kernel.subscription(subscription)?.registration;
    return registration && this.kernel.instances.find(registration, key);
  }

  /** What waits in the memory of an instance. */
  waiting({ mailbox, delayed }: Instance): readonly Delivery[] {
    return [...mailbox.waiting(), ...delayed];
  }

  /** Rows of a query, without parameters or with one. */
  rows<Row>(sql: string, ...parameters: readonly (number | string)[]): readonly Row[] {
    return statementsOf(this.store).all<Row>(sql, ...parameters);
  }
}

/** A store is audited many times in a simulated run. */
const prepared = new WeakMap<SqliteStore, Statements>();

function statementsOf(store: SqliteStore): Statements {
  const statements = prepared.get(store) ?? new Statements(store.database);
  prepared.set(store, statements);
  return statements;
}
