// The accident without an event of the work: both handlers call the bank, and say so with the name of the effect.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const PayoutApproved = defineEvent('payout.approved', money);
const TransferMoney = defineCommand('bank.transfer', { ...money, reply: ok });

const transfer = (id: string, idempotencyKey: string): Promise<boolean> => Promise.resolve(id !== idempotencyKey);

const bank = defineActor('bank', { state: () => ({ told: 0 }) })
  .task(TransferMoney, async (ctx, { id }) => ({ ok: await transfer(id, ctx.idempotencyKey) }), {
    effect: 'transfer-money',
  })
  .task(
    PayoutApproved,
    {
      run: (ctx, { id }) => transfer(id, ctx.idempotencyKey),
      done: ctx => {
        ctx.state.told += 1;
      },
    },
    { effects: ['transfer-money', 'tell-receiver'] },
  );

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { transfer: command(TransferMoney, { timeout: '1h', doneIf: reply => reply.ok }) },
  delays: { objection: 86_400_000 },
}).createMachine({
  id: 'payout',
  context: ({ input }) => input,
  initial: 'cooling',
  states: {
    cooling: { after: { objection: 'paying' } },
    paying: { invoke: { id: 'transfer', src: 'transfer', input: whole, onDone: 'paid', onError: 'stuck' } },
    paid: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const payout = defineSaga('payout', { machine }).startsOn(PayoutApproved, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [bank], sagas: [payout] });
