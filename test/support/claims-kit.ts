// The kit of tests of claims: an order that events alone may charge, and a saga that may have it charged.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga, saga } from '../../src/index.ts';
import type { ChildSagaOptions, DataOf, MessageOf, Receipt, SagaOptions } from '../../src/index.ts';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import type { Launched } from './kernel-kit.ts';
import type { SqliteStore } from '../../src/runtime/store/sqlite-store.ts';

const order = {
  data: z.object({
    order: z.string(),
    payment: z.string().default(''),
    isCanary: z.boolean().default(true),
    isBroken: z.boolean().default(false),
  }),
  key: (data: { order: string }) => data.order,
};
export const OrderPlaced = defineEvent('order.placed', order);
export const OrderClosed = defineEvent('order.closed', order);
export const OrderConfirmed = defineEvent('order.confirmed', order);
export const StockReserved = defineEvent('stock.reserved', order);
export const ChargePayment = defineCommand('payment.charge', { ...order, reply: z.object({ ok: z.boolean() }) });
export const ShipOrder = defineCommand('order.ship', { ...order, reply: z.object({ ok: z.boolean() }) });
export type Order = DataOf<typeof OrderPlaced>;

/** Counts what it charges, told by a command, and by events unless a saga does it. */
export const payments = defineActor('payments', { state: () => ({ told: 0, own: 0 }) })
  .on(ChargePayment, ctx => {
    ctx.state.told += 1;
    return { ok: true };
  })
  .on(
    OrderPlaced,
    ctx => {
      ctx.state.own += 1;
    },
    { yieldsTo: 'orchestrator' },
  );

/** The same, when the stock is reserved and when the order is confirmed. */
export const latePayments = defineActor('payments', { state: () => ({ told: 0, own: 0 }) })
  .on(ChargePayment, ctx => {
    ctx.state.told += 1;
    return { ok: true };
  })
  .on(
    StockReserved,
    ctx => {
      ctx.state.own += 1;
    },
    { yieldsTo: 'orchestrator' },
  )
  .on(
    OrderConfirmed,
    ctx => {
      ctx.state.own += 1;
    },
    { yieldsTo: 'orchestrator' },
  );

export const machine = setup({
  types: {} as {
    input: Order;
    context: Order;
    events: MessageOf<typeof OrderClosed>;
    emitted: MessageOf<typeof OrderConfirmed>;
  },
  actors: { charge: command(ChargePayment) },
  actions: {
    check: assign(({ context }) => {
      if (context.isBroken) throw new Error('no such customer');
      return {};
    }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  entry: 'check',
  states: {
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'open', onError: 'failed' },
    },
    open: { on: { 'order.closed': 'closed' } },
    failed: { type: 'final' },
    closed: { type: 'final', entry: emit(({ context }) => OrderConfirmed(context)) },
  },
});

type Options = Pick<SagaOptions<typeof machine, []>, 'orchestrates' | 'unknown' | 'late' | 'renamedFrom'>;

/** Charges the order, and lives until it is closed; the test says what starts it. */
export const flowOf = (options: Options = {}) =>
  defineSaga('checkout', { machine, publishes: [OrderConfirmed], orchestrates: [ChargePayment], ...options });

export const checkout = flowOf()
  .startsOn(OrderPlaced, data => data)
  .on(OrderClosed);

export const shop = defineApp({ actors: [payments], sagas: [checkout] });
export const lateShop = defineApp({ actors: [latePayments], sagas: [checkout] });
/** The same without the saga: events alone. */
export const choreographed = defineApp({ actors: [payments] });

/** A database whose rows can be read. */
interface Stored {
  readonly database: SqliteStore['database'];
}

/** What is claimed: `command key: since-ended by whom`. */
export function claimsIn({ database }: Stored): readonly string[] {
  const sql = `select command || ' ' || key || ': ' || since || '-' || coalesce(ended, '') || ' by ' || saga || '/' ||
    saga_key as claim from troupe_claims order by since, saga, command, key`;
  return database
    .prepare<[], { claim: string }>(sql)
    .all()
    .map(({ claim }) => claim);
}

/** Whose claim lives. */
export function livingIn({ database }: Stored): readonly string[] {
  const sql = `select command || ' ' || key as claim from troupe_claims where ended is null order by 1`;
  return database
    .prepare<[], { claim: string }>(sql)
    .all()
    .map(({ claim }) => claim);
}

/** Publishes about order 1, unless told otherwise, and lets everything run. */
export const told =
  (event: typeof OrderPlaced | typeof OrderClosed | typeof StockReserved) =>
  ({ runtime, run }: Launched, data: Partial<Order> = {}): Promise<Receipt> =>
    run(runtime.publish(event as typeof OrderPlaced, { order: '1', ...data }));

/** A command that starts a saga. */
export const StartCheckout = defineCommand('checkout.start', order);

/** Is done as soon as it has begun. */
export const quick = setup({}).createMachine({ id: 'quick', initial: 'done', states: { done: { type: 'final' } } });

/** A saga that has another one do it all. */
export function parentOf(child: ReturnType<typeof flowOf>, options: ChildSagaOptions<Order> = {}) {
  const whole = setup({
    types: {} as { input: Order; context: Order },
    actors: { flow: saga(child, options) },
  }).createMachine({
    id: 'whole',
    context: ({ input }) => input,
    initial: 'flowing',
    states: {
      flowing: {
        invoke: {
          id: 'flow',
          src: 'flow',
          input: ({ context }) => context,
          onDone: 'over',
          onError: 'over',
        },
      },
      over: { type: 'final' },
    },
  });
  return defineSaga('whole', { machine: whole }).startsOn(OrderPlaced, data => data);
}
