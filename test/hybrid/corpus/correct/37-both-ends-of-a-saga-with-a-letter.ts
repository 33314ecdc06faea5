// The saga ends well or badly and says so; one actor mails on either end, which are two events and one effect.
import { emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderConfirmed = defineEvent('order.confirmed', about);
const OrderRejected = defineEvent('order.rejected', about);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(
  ChargePayment,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
    return { ok: cents < 100_000 };
  },
  { effect: 'charge-card' },
);
const post = (id: string, idempotencyKey: string): Promise<boolean> => Promise.resolve(id !== idempotencyKey);
const mail = defineActor('mail')
  .task(
    OrderConfirmed,
    async (ctx, { id }) => {
      await post(id, ctx.idempotencyKey);
    },
    { effect: 'send-mail' },
  )
  .task(
    OrderRejected,
    async (ctx, { id }) => {
      await post(id, ctx.idempotencyKey);
    },
    { effect: 'send-mail' },
  );

const machine = setup({
  types: {} as {
    input: Case;
    context: Case;
    emitted: MessageOf<typeof OrderConfirmed | typeof OrderRejected>;
  },
  actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'confirmed', onError: 'rejected' } },
    confirmed: { type: 'final', entry: emit(({ context: { id } }) => OrderConfirmed({ id })) },
    rejected: { type: 'final', entry: emit(({ context: { id } }) => OrderRejected({ id })) },
  },
});
const checkout = defineSaga('checkout', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(
  OrderPlaced,
  data => data,
);

export const app = defineApp({ actors: [payments, mail], sagas: [checkout] });
