// Runs one style on a database file of its own, and says what an order takes: messages, commits, time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type App, type Runtime, type TraceNode } from 'troupe';
import { measureLanes, median, type Sample } from '../../bench/measure.ts';
import { FillStock, OrderPlaced, OrderRejected, OrderShipped, type Order } from './contracts.ts';
import { shelvesFor } from './orders.ts';
import { World } from './world.ts';

export interface Workload {
  readonly orders: readonly Order[];
  /** So many are placed one at a time, each after the last one's outcome. */
  readonly alone: number;
  readonly inFlight: number;
  readonly warmUp: number;
}

/** What one run of one style gave; the first four are those of an order that is shipped. */
export interface Figures {
  /** Messages in a row from the order to its outcome. */
  readonly hops: number;
  /** Messages in a row from the order to whatever ends last. */
  readonly longest: number;
  readonly messages: number;
  readonly turns: number;
  readonly commits: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly perSecond: number;
  /** Of all orders that were placed many at a time. */
  readonly shipped: number;
  readonly durability: string;
}

type Lane = Parameters<typeof measureLanes>[0];

export async function measureStyle(makeApp: (world: World) => App, workload: Workload): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-styles-'));
  try {
    await using runtime = await createRuntime(makeApp(new World()), { database: join(folder, 'styles.db') });
    return await measure(runtime, workload);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(runtime: Runtime, { orders, alone, inFlight, warmUp }: Workload): Promise<Figures> {
  const customers = new Customers(runtime, orders);
  await runtime.ask(FillStock, { units: shelvesFor(orders, 4) });
  await customers.place('warm', { count: warmUp, warmUp: 0, concurrency: 10 });
  const before = runtime.info().drains;
  const one = await customers.place('one', { count: alone, warmUp: 0, concurrency: 1 });
  const { drains, durability } = runtime.info();
  const shapes = customers.shipped('one').map(id => shapeOf(runtime, id));
  const many = await customers.place('many', { count: orders.length, warmUp: 0, concurrency: inFlight });
  const of = (figure: keyof Shape): number => median(shapes.map(shape => shape[figure]));
  return {
    hops: of('hops'),
    longest: of('longest'),
    messages: of('messages'),
    turns: of('turns'),
    commits: (drains - before) / alone,
    p50Ms: one.p50Ms,
    p95Ms: one.p95Ms,
    perSecond: many.perSecond,
    shipped: customers.shipped('many').length,
    durability,
  };
}

/** Place orders, and wait until their outcome is durable. */
class Customers {
  readonly #runtime: Runtime;
  readonly #orders: readonly Order[];
  readonly #waiting = new Map<string, () => void>();
  readonly #shipped: string[] = [];

  constructor(runtime: Runtime, orders: readonly Order[]) {
    this.#runtime = runtime;
    this.#orders = orders;
    runtime.tap(OrderShipped, ({ key }) => {
      this.#shipped.push(key);
      this.#waiting.get(key)?.();
    });
    runtime.tap(OrderRejected, ({ key }) => this.#waiting.get(key)?.());
  }

  async place(prefix: string, lanes: Lane): Promise<Sample> {
    const sample = await measureLanes(lanes, index => this.#placeOne(prefix, index));
    await this.#runtime.settled();
    return sample;
  }

  /** Those whose id begins so. */
  shipped(prefix: string): readonly string[] {
    return this.#shipped.filter(id => id.startsWith(`${prefix}-`));
  }

  async #placeOne(prefix: string, index: number): Promise<void> {
    const order = this.#orders[index % this.#orders.length];
    if (!order) throw new Error('styles: there are no orders');
    const orderId = `${prefix}-${order.orderId}`;
    const outcome = new Promise<void>(resolve => void this.#waiting.set(orderId, resolve));
    await this.#runtime.publish(
      OrderPlaced,
      { ...order, orderId },
      { correlationId: orderId, idempotencyKey: orderId },
    );
    await outcome;
    this.#waiting.delete(orderId);
  }
}

interface Shape {
  readonly hops: number;
  readonly longest: number;
  readonly messages: number;
  readonly turns: number;
}

/** What the trace of one order says. */
function shapeOf(runtime: Runtime, correlationId: string): Shape {
  const found = runtime.trace(correlationId).roots.flatMap(root => walk(root, 0));
  const outcome = found.find(({ node }) => node.type === OrderShipped.type);
  return {
    hops: outcome?.depth ?? Number.NaN,
    longest: Math.max(...found.map(({ depth }) => depth)),
    messages: found.filter(({ node }) => isBetweenServices(node)).length,
    turns: found.flatMap(({ node }) => node.turns).filter(({ outcome }) => !outcome.startsWith('task-')).length,
  };
}

interface Found {
  readonly node: TraceNode;
  readonly depth: number;
}

function walk(node: TraceNode, depth: number): Found[] {
  const deeper = (child: TraceNode): Found[] => walk(child, depth + (isBetweenServices(child) ? 1 : 0));
  return [{ node, depth }, ...node.children.flatMap(deeper)];
}

/** The end of a task is a message that a service sends to itself. */
function isBetweenServices({ kind }: TraceNode): boolean {
  return kind === 'event' || kind === 'command' || kind === 'reply';
}
