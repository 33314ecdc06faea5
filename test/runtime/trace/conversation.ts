// A real conversation for the tests of the trace: an order with a retry, a timer, a task, a reply, a dead letter.
import { defineActor, defineApp, defineCommand, defineEvent, type DataOf } from '../../../src/index.ts';
import { z } from 'zod';
import { launch, type Launched } from '../../support/kernel-kit.ts';

const order = { data: z.object({ orderId: z.string() }), key: (data: { orderId: string }) => data.orderId };
const item = { data: z.object({ sku: z.string() }), key: (data: { sku: string }) => data.sku };

export const OrderPlaced = defineEvent('order.placed', order);
const PaymentCharged = defineEvent('payment.charged', order);
const ReceiptSent = defineEvent('receipt.sent', order);
const ChargePayment = defineCommand('payment.charge', { ...order, reply: z.object({ ok: z.boolean() }) });
const ReserveItem = defineCommand('stock.reserve', item);
const RemindCustomer = defineCommand('mail.remind', order);

/** Starts the shop. The clock moves inside handlers, so that durations are known. */
export async function openShop(): Promise<Launched> {
  const work = (ms: number): void => shop.platform.block(ms);
  const orders = defineActor('orders', { sends: [ChargePayment, ReserveItem, RemindCustomer] }).on(
    OrderPlaced,
    (ctx, placed) => {
      work(3);
      ctx.send(ChargePayment, placed);
      ctx.send(ReserveItem, { sku: 'tea' });
      ctx.schedule(RemindCustomer, placed, { after: '2d', id: 'remind' });
    },
  );
  const payments = defineActor('payments', { publishes: [PaymentCharged] }).on(ChargePayment, charge, {
    retry: { delay: '1s' },
  });
  function charge(
    ctx: { readonly attempt: number; publish(event: typeof PaymentCharged, data: DataOf<typeof PaymentCharged>): void },
    data: DataOf<typeof ChargePayment>,
  ): { ok: boolean } {
    work(2);
    if (ctx.attempt === 1) throw new Error('card reader offline');
    ctx.publish(PaymentCharged, data);
    return { ok: true };
  }
  const stock = defineActor('stock', {}).on(ReserveItem, () => undefined);
  const mail = defineActor('mail', { publishes: [ReceiptSent] })
    .task(PaymentCharged, {
      run: async () => {
        await Promise.resolve();
        work(340);
      },
      done: (ctx, _result, charged) => ctx.publish(ReceiptSent, charged),
    })
    .on(
      RemindCustomer,
      () => {
        throw new RangeError('no address');
      },
      { retry: { attempts: 1 } },
    );
  const shop = await launch(defineApp({ actors: [orders, payments, stock, mail] }));
  return shop;
}
