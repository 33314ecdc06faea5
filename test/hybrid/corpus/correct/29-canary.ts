// A tenth of the orders goes through the saga, the rest by choreography: `where` on both sides makes them disjoint.
import { setup } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', {
  ...money,
  data: money.data.extend({ group: z.enum(['canary', 'others']) }),
});
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  })
  .on(
    OrderPlaced,
    (ctx, { id, cents }) => {
      ctx.state.cents += cents;
      ctx.publish(PaymentCharged, { id, cents });
    },
    { where: ({ group }) => group !== 'canary' },
  );

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, ({ id, cents }) => ({ id, cents }), {
  where: ({ group }: { readonly group: string }) => group === 'canary',
});

export const app = defineApp({ actors: [payments], sagas: [checkout] });
