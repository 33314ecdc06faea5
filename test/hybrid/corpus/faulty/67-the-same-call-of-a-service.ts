// Two tasks of one actor call the same service for one order: the saga commands one of them, the event triggers the other.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

export const expected = ['TR101'] as const;

const OrderPlaced = defineEvent('order.placed', money);
const ChargeCard = defineCommand('card.charge', { ...money, reply: ok });

const bank = { charge: (cents: number, key: string): Promise<boolean> => Promise.resolve(cents > 0 && key !== '') };

const cards = defineActor('cards')
  .task(ChargeCard, async (ctx, { cents }) => ({ ok: await bank.charge(cents, ctx.idempotencyKey) }))
  .task(OrderPlaced, async (ctx, order) => {
    if (order.cents > 0) await bank.charge(order.cents, ctx.idempotencyKey);
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
