// The rows of an operation in Troupe's own tables: what `limit` writes of each workload, and `diy` of W1 and W2.
import { counterOf, COUNTERS, customerOf, orderOf, OWNERS, type Workload } from './workload.ts';

export type Row = readonly (string | number | null)[];

/** What one operation writes; `updated` rows end with the id of a state. */
export interface OperationRows {
  readonly messages: readonly Row[];
  readonly turns: readonly Row[];
  readonly inserted: readonly Row[];
  readonly updated: readonly Row[];
}

export const NOW = 1_750_000_000_000;
export const MESSAGE_COLUMNS = 16;
export const TURN_COLUMNS = [
  'message',
  'turn',
  'subscription',
  'attempt',
  'key',
  'at',
  'queue_us',
  'run_us',
  'outcome',
];
const SUBSCRIBERS = ['billing', 'shipping', 'statistics'];

/** The message of one W1 or W2. */
export function messageRow(workload: Workload, index: number): Row {
  const order = orderOf(index);
  const counter = counterOf(index);
  const [type, kind, key, data] =
    workload === 'W1'
      ? ['shop.orderPlaced', 'event', order.orderId, order]
      : ['counter.count', 'command', counter, { ...order, counter }];
  const nulls = [null, null, null, null];
  return [index + 1, type, 1, kind, key, 'edge', null, null, NOW + index, 0, ...nulls, 0, JSON.stringify(data)];
}

/** The addresses that have a state before anything is measured; their ids count from 1. */
export function addressesOf(workload: Workload): string[] {
  if (workload === 'W1') return SUBSCRIBERS.map(name => `${name}/default`);
  const keys = Array.from({ length: COUNTERS }, (_, index) => index);
  if (workload === 'W2') return keys.map(index => `counter/${counterOf(index)}`);
  return OWNERS.flatMap(owner => keys.map(index => `${owner}/${customerOf(index)}`));
}

export function stateText(workload: Workload, index: number): string {
  return JSON.stringify(workload === 'W2' ? { count: index } : { count: index, cents: index * 4_600 });
}

/** Makes the rows of the operation of a number. */
export async function rowsOf(workload: Workload): Promise<(index: number) => OperationRows> {
  if (workload === 'W3') return (await import('./order-rows.ts')).rowsOfOrders();
  const addresses = addressesOf(workload).length;
  const turn = (number: number, subscription: number, message: number): Row => {
    const key = workload === 'W1' ? 'default' : null;
    return [message, 2 ** 32 + number, subscription, 1, key, NOW + message, 250, 5, 'done'];
  };
  return index => {
    const changed = workload === 'W1' ? SUBSCRIBERS.map((_, at) => at) : [index % addresses];
    return {
      messages: [messageRow(workload, index)],
      turns: changed.map((_, at) => turn(index * changed.length + at, at + 1, index + 1)),
      inserted: [],
      updated: changed.map(at => [NOW + index, stateText(workload, index), at + 1]),
    };
  };
}
