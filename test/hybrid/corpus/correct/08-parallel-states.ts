// Two steps side by side with an undo each; the time limit of the state around them holds for the wait inside, too.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const AddressConfirmed = defineEvent('address.confirmed', about);
const ReserveStock = defineCommand('stock.reserve', { ...about, reply: ok });
const ReleaseStock = defineCommand('stock.release', about);
const AuthorizePayment = defineCommand('payment.authorize', { ...money, reply: ok });
const VoidPayment = defineCommand('payment.void', about);

const stock = defineActor('stock', { state: () => ({ promised: 0 }) })
  .on(ReserveStock, ctx => ({ ok: ++ctx.state.promised < 10 }))
  .on(ReleaseStock, ctx => void (ctx.state.promised -= 1));
const payments = defineActor('payments', { state: () => ({ cents: 0 }) })
  .on(AuthorizePayment, (ctx, { cents }) => {
    ctx.state.cents += cents;
    return { ok: ctx.state.cents < 100_000 };
  })
  .on(VoidPayment, ctx => void (ctx.state.cents = 0));

const undo = (_reply: unknown, { id }: { readonly id: string }): { readonly id: string } => ({ id });
const machine = setup({
  types: {} as { input: Case; context: Case; events: MessageOf<typeof AddressConfirmed>; tags: 'compensate' },
  actors: {
    reserve: command(ReserveStock, { doneIf: reply => reply.ok, compensate: { send: ReleaseStock, data: undo } }),
    authorize: command(AuthorizePayment, { doneIf: reply => reply.ok, compensate: { send: VoidPayment, data: undo } }),
  },
  delays: { patience: 3_600_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'securing',
  states: {
    securing: {
      type: 'parallel',
      after: { patience: 'rejected' },
      onDone: 'ready',
      states: {
        goods: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'here', onError: '#checkout.rejected' },
            },
            here: { type: 'final' },
          },
        },
        money: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'pay', src: 'authorize', input: whole, onDone: 'here', onError: '#checkout.rejected' },
            },
            here: { type: 'final' },
          },
        },
        address: {
          initial: 'unknown',
          states: { unknown: { on: { 'address.confirmed': 'known' } }, known: { type: 'final' } },
        },
      },
    },
    ready: { type: 'final' },
    rejected: { type: 'final', tags: 'compensate' },
  },
});
const checkout = defineSaga('checkout', { machine, unhandled: 'stash' })
  .startsOn(OrderPlaced, data => data)
  .on(AddressConfirmed);

export const app = defineApp({ actors: [stock, payments], sagas: [checkout] });
