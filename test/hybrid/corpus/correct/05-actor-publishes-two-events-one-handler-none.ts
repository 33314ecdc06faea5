// The actor declares two events, and its handler of the start event takes its context apart and publishes neither.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const ClaimFiled = defineEvent('claim.filed', money);
const ClaimPaid = defineEvent('claim.paid', money);
const ClaimCapped = defineEvent('claim.capped', about);
const PayClaim = defineCommand('claim.pay', { ...money, reply: ok });

const treasury = defineActor('treasury', {
  state: () => ({ reserved: 0, paid: 0 }),
  publishes: [ClaimPaid, ClaimCapped],
})
  .on(PayClaim, (ctx, claim) => {
    const cents = Math.min(claim.cents, 500_000);
    if (cents < claim.cents) ctx.publish(ClaimCapped, { id: claim.id });
    ctx.state.paid += cents;
    ctx.publish(ClaimPaid, { ...claim, cents });
    return { ok: true };
  })
  .on(ClaimFiled, ({ state }, { cents }) => {
    state.reserved += cents;
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { pay: command(PayClaim, { doneIf: reply => reply.ok }) },
  delays: { objection: 14 * 86_400_000 },
}).createMachine({
  id: 'settlement',
  context: ({ input }) => input,
  initial: 'open',
  states: {
    open: { after: { objection: 'paying' } },
    paying: { invoke: { id: 'pay', src: 'pay', input: whole, onDone: 'settled', onError: 'disputed' } },
    settled: { type: 'final' },
    disputed: { type: 'final' },
  },
});
const settlement = defineSaga('settlement', { machine }).startsOn(ClaimFiled, data => data);

export const app = defineApp({ actors: [treasury], sagas: [settlement] });
