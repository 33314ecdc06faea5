// Nothing is published and nothing named: both handlers add the same amount to the same field of the state.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

export const expected = ['TR101'] as const;

const OrderPlaced = defineEvent('order.placed', money);
const ChargeCard = defineCommand('card.charge', { ...money, reply: ok });

const cards = defineActor('cards', { state: () => ({ charged: 0 }) })
  .on(ChargeCard, (ctx, { cents }) => {
    ctx.state.charged += cents;
    return { ok: true };
  })
  .on(OrderPlaced, (ctx, order) => {
    ctx.state.charged += order.cents;
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargeCard, { timeout: '1m' }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'charged', onError: 'failed' } },
    charged: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const app = defineApp({ actors: [cards], sagas: [checkout] });
