// An order that a saga has charged, or events alone: some of each at the same time, and each charged once.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga, type App } from '../../src/index.ts';
import { eventually, noDeadLetters, once, type Simulation } from '../../src/testing/index.ts';
import type { DataOf } from '../../src/index.ts';
import { setup } from 'xstate';
import { z } from 'zod';

const order = {
  data: z.object({ order: z.string(), isCanary: z.boolean() }),
  key: (data: { readonly order: string }) => data.order,
};
const done = { ...order, reply: z.object({ ok: z.boolean() }) };
const OrderPlaced = defineEvent('order.placed', order);
const StockReserved = defineEvent('stock.reserved', order);
const PaymentCharged = defineEvent('payment.charged', order);
const ReserveStock = defineCommand('stock.reserve', done);
const ChargePayment = defineCommand('payment.charge', done);

const ORDERS = [1, 2, 3, 4];

const machine = setup({
  types: {} as { input: DataOf<typeof OrderPlaced>; context: DataOf<typeof OrderPlaced> },
  actors: { reserve: command(ReserveStock), charge: command(ChargePayment) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  states: {
    reserving: {
      invoke: {
        id: 'reserve',
        src: 'reserve',
        input: ({ context }) => context,
        onDone: 'charging',
        onError: 'failed',
      },
    },
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'charged', onError: 'failed' },
    },
    charged: { type: 'final' },
    failed: { type: 'final' },
  },
});

const checkout = defineSaga('checkout', { machine, orchestrates: [ReserveStock, ChargePayment] }).startsOn(
  OrderPlaced,
  data => data,
  { where: ({ isCanary }) => isCanary },
);

/** `yields`: whether events leave to the saga what it has claimed. */
export function claimsApp(yields: boolean): App {
  const options = yields ? ({ yieldsTo: 'orchestrator' } as const) : {};
  const stock = defineActor('stock', { publishes: [StockReserved] })
    .on(ReserveStock, (ctx, data) => {
      ctx.publish(StockReserved, data);
      return { ok: true };
    })
    .on(OrderPlaced, (ctx, data) => ctx.publish(StockReserved, data), options);
  const payments = defineActor('payments', { publishes: [PaymentCharged] })
    .on(ChargePayment, (ctx, data) => {
      ctx.publish(PaymentCharged, data);
      return { ok: true };
    })
    .on(StockReserved, (ctx, data) => ctx.publish(PaymentCharged, data), options);
  return defineApp({ actors: [stock, payments], sagas: [checkout] });
}

export const claimsSimulation: Simulation = {
  name: 'claims',
  app: claimsApp(true),
  scenario: async ({ client, random }) => {
    const orders = ORDERS.map(n => ({ order: String(n), isCanary: random() < 0.6 }));
    await Promise.all(orders.map(data => client.publish(OrderPlaced, data)));
    // Another message with the same order in it: while its saga runs, or long after.
    for (const data of orders.filter(({ isCanary }) => isCanary)) {
      if (random() < 0.3) await client.sleep(Math.floor(random() * 5_000));
      await client.publish(OrderPlaced, data);
    }
  },
  options: {
    limits: { mailboxPerActor: 3 },
    invariants: [
      once(PaymentCharged).per('key'),
      once(StockReserved).per('key'),
      eventually('each order is charged', t => t.published(PaymentCharged).length === ORDERS.length),
      noDeadLetters(),
      eventually('no saga is left', t => t.sagas.list(checkout).every(({ status }) => status === 'done')),
    ],
    end: t => t.sagas.list(checkout).map(({ key, status }) => `${key} ${status}`),
  },
};
