// A saga claims a command of another actor: the handler that gives way has nothing to do with it, and never does.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', about);
const ShipOrder = defineCommand('shipping.ship', about);
const LetterSent = defineEvent('letter.sent', about);

type Order = DataOf<typeof OrderPlaced>;

const shipping = defineActor('shipping', { state: () => ({ parcels: 0 }) }).on(ShipOrder, ctx => {
  ctx.state.parcels += 1;
});
const letters = defineActor('letters', { state: () => ({ letters: 0 }), publishes: [LetterSent] }).on(
  OrderPlaced,
  (ctx, order) => {
    ctx.state.letters += 1;
    ctx.publish(LetterSent, order);
  },
  { yieldsTo: 'orchestrator' },
);

const machine = setup({
  types: {} as { input: Order; context: Order },
  actors: { ship: command(ShipOrder) },
}).createMachine({
  id: 'shipment',
  context: ({ input }) => input,
  initial: 'shipping',
  states: {
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'stuck' } },
    shipped: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const shipment = defineSaga('shipment', { machine, orchestrates: [ShipOrder] }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR105'];
export const app = defineApp({ actors: [shipping, letters], sagas: [shipment] });
