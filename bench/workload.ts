// The workloads: what one operation is, its payload of about 200 bytes, and how often each subject runs it.

/**
 * W1: one event to three subscribers with state. W2: one ask of one of 1,000 keyed counters. W3: one order saga with
 * four commands.
 */
export type Workload = 'W1' | 'W2' | 'W3';

/** `diy`: as one writes it by hand. `limit`: what a perfect group commit must write, and nothing else. */
export type Subject = 'troupe' | 'diy' | 'limit';

/** One figure to be measured, in a process of its own. */
export interface Cell {
  readonly workload: Workload;
  readonly subject: Subject;
  readonly concurrency: number;
  readonly count: number;
  readonly warmUp: number;
}

export const WORKLOADS: readonly Workload[] = ['W1', 'W2', 'W3'];
export const CONCURRENCIES: readonly number[] = [1, 100, 1_000];
/** Instances of each keyed actor. */
export const COUNTERS = 1_000;

/** Who handles the four commands of W3, a state per customer each. */
export const OWNERS = ['stock', 'payment', 'parcel', 'carrier'] as const;
export type Owner = (typeof OWNERS)[number];

interface Counts {
  readonly diy: number;
  /** Alone, every operation waits for the disk: fewer of them say as much. */
  readonly alone: number;
  readonly together: number;
  readonly limit: number;
}

const COUNTS: Readonly<Record<Workload, Counts>> = {
  W1: { diy: 2_000, alone: 5_000, together: 50_000, limit: 51_200 },
  W2: { diy: 5_000, alone: 5_000, together: 50_000, limit: 51_200 },
  W3: { diy: 1_000, alone: 2_000, together: 10_000, limit: 10_240 },
};
const SMOKE_COUNTS: Readonly<Record<Workload, Counts>> = {
  W1: { diy: 20, alone: 200, together: 200, limit: 1_024 },
  W2: { diy: 20, alone: 200, together: 200, limit: 1_024 },
  W3: { diy: 20, alone: 100, together: 100, limit: 128 },
};
const WARM_UP: Readonly<Record<Workload, Readonly<Record<Subject, number>>>> = {
  W1: { diy: 200, troupe: 20_000, limit: 20_480 },
  W2: { diy: 200, troupe: 20_000, limit: 20_480 },
  W3: { diy: 200, troupe: 3_000, limit: 2_048 },
};

function countOf({ diy, alone, together, limit }: Counts, subject: Subject, concurrency: number): number {
  if (subject === 'troupe') return concurrency === 1 ? alone : together;
  return subject === 'diy' ? diy : limit;
}

/** The cells of one round, the subjects of a comparison next to each other. */
export function cellsOf(smoke: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const workload of WORKLOADS) {
    for (const concurrency of CONCURRENCIES) {
      for (const subject of ['diy', 'troupe', 'limit'] as const) {
        const count = countOf((smoke ? SMOKE_COUNTS : COUNTS)[workload], subject, concurrency);
        cells.push({ workload, subject, concurrency, count, warmUp: Math.min(count, WARM_UP[workload][subject]) });
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
    customer: customerOf(index),
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

/** Whose order it is; in W3 a key of the owners of the steps. */
export function customerOf(index: number): string {
  return `customer-${counterOf(index)}@mail.example.org`;
}
