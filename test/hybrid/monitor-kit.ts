// The kit of tests of process monitors: a choreographed order flow whose steps can fail to come.
import { z } from 'zod';
import { defineActor, defineApp, defineEvent, expect as monitor, FlowOverdue } from '../../src/index.ts';
import type { Actor, AppOptions, FlowOverdueData, Logger } from '../../src/index.ts';
import { createTestRuntime, type TestRuntime, type TestRuntimeOptions } from '../../src/testing/index.ts';

const order = z.object({ orderId: z.string(), cents: z.number().default(100) });
const byOrder = { data: order, key: (data: z.infer<typeof order>) => data.orderId };

export const OrderPlaced = defineEvent('order.placed', byOrder);
export const OrderPaid = defineEvent('order.paid', byOrder);
export const OrderShipped = defineEvent('order.shipped', byOrder);
export const OrderCancelled = defineEvent('order.cancelled', byOrder);
export const ParcelSent = defineEvent('parcel.sent', {
  data: z.object({ parcel: z.string(), orderId: z.string() }),
  key: data => data.parcel,
});

export const shipped = monitor(OrderPlaced).leadsTo([OrderShipped, OrderCancelled], { within: '2d' });

/** Remembers what was overdue, in the order it was told. */
export const alerts = defineActor('alerts', { state: () => ({ flows: [] as FlowOverdueData[] }) }).on(
  FlowOverdue,
  (ctx, flow) => {
    ctx.state.flows.push(flow);
  },
  { key: () => 'default' },
);

export interface Setup {
  readonly t: TestRuntime;
  /** The keys that were overdue, as told to an actor. */
  readonly overdue: () => readonly string[];
  readonly warnings: readonly (readonly [fields: object, message: string | undefined])[];
}

/** Starts an app with the monitor `shipped`, or with what is given, and the actor that is told. */
export async function setup(app: AppOptions = {}, options: TestRuntimeOptions = {}): Promise<Setup> {
  const { actors = [], ...parts } = app;
  const warnings: [object, string | undefined][] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => void warnings.push([fields as object, message]),
    error: () => {},
  };
  const all: readonly Actor[] = [alerts, ...actors];
  const t = await createTestRuntime(defineApp({ monitors: [shipped], ...parts, actors: all }), { logger, ...options });
  const overdue = (): readonly string[] => (t.state(alerts)?.flows ?? []).map(({ key }) => key);
  return { t, overdue, warnings };
}
