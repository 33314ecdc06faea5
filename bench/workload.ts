// The two workloads: what one operation is, its payload of about 200 bytes, and how often each subject runs it.

/** W1: one event to three subscribers with state. W2: one ask of one of 1,000 keyed counters. */
export type Workload = 'W1' | 'W2';

/** `diy`: a commit per write. `limit`: what a perfect group commit must write, and nothing else. */
export type Subject = 'troupe' | 'diy' | 'limit';

/** One figure to be measured, in a process of its own. */
export interface Cell {
  readonly workload: Workload;
  readonly subject: Subject;
  readonly concurrency: number;
  readonly count: number;
  readonly warmUp: number;
}

export const CONCURRENCIES: readonly number[] = [1, 100, 1_000];
export const COUNTERS = 1_000;

const WARM_UP = { diy: 200, troupe: 20_000, limit: 20_480 };
const SMOKE_COUNT = { diy: 20, troupe: 200, limit: 1_024 };

/** Alone, every operation waits for the disk: fewer of them say as much. */
function countOf(workload: Workload, subject: Subject, concurrency: number): number {
  if (subject === 'limit') return 51_200;
  if (subject === 'diy') return workload === 'W1' ? 2_000 : 5_000;
  return concurrency === 1 ? 5_000 : 50_000;
}

/** The cells of one round, the subjects of a comparison next to each other. */
export function cellsOf(smoke: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const workload of ['W1', 'W2'] as const) {
    for (const concurrency of CONCURRENCIES) {
      for (const subject of ['diy', 'troupe', 'limit'] as const) {
        const count = smoke ? SMOKE_COUNT[subject] : countOf(workload, subject, concurrency);
        cells.push({ workload, subject, concurrency, count, warmUp: Math.min(count, WARM_UP[subject]) });
      }
    }
  }
  return cells;
}

/** One order of about 200 bytes as JSON. */
export interface Order {
  readonly orderId: string;
  readonly sequence: number;
  readonly customer: string;
  readonly cents: number;
  readonly items: number;
  readonly express: boolean;
  readonly note: string;
}

const NOTE = 'leave it with the neighbour if nobody opens, please';

export function orderOf(index: number): Order {
  return {
    orderId: `order-${100_000_000 + index}`,
    sequence: index,
    customer: `customer-${counterOf(index)}@mail.example.org`,
    cents: 100 + (index % 9_000),
    items: 1 + (index % 7),
    express: index % 5 === 0,
    note: NOTE,
  };
}

/** The counter an operation of W2 goes to. */
export function counterOf(index: number): string {
  return `counter-${index % COUNTERS}`;
}
