// What is done twice begins with an event that the saga takes on its way, not with the one that starts it.
import { assign, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const ClaimFiled = defineEvent('claim.filed', money);
const DamageAssessed = defineEvent('claim.damage-assessed', money);
const ClaimPaid = defineEvent('claim.paid', money);
const PayClaim = defineCommand('claim.pay', { ...money, reply: ok });

const treasury = defineActor('treasury', { state: () => ({ cents: 0 }), publishes: [ClaimPaid] })
  .on(PayClaim, (ctx, claim) => {
    ctx.state.cents += claim.cents;
    ctx.publish(ClaimPaid, claim);
    return { ok: true };
  })
  .on(DamageAssessed, (ctx, claim) => {
    if (claim.cents < 50_000) ctx.publish(ClaimPaid, claim);
  });

const machine = setup({
  types: {} as { input: Case; context: Case; events: MessageOf<typeof DamageAssessed> },
  actors: { pay: command(PayClaim, { doneIf: reply => reply.ok }) },
  delays: { patience: 30 * 86_400_000 },
}).createMachine({
  id: 'claim',
  context: ({ input }) => input,
  initial: 'assessing',
  states: {
    assessing: {
      on: {
        'claim.damage-assessed': { target: 'paying', actions: assign({ cents: ({ event }) => event.data.cents }) },
      },
      after: { patience: 'closed' },
    },
    paying: { invoke: { id: 'pay', src: 'pay', input: whole, onDone: 'closed', onError: 'disputed' } },
    closed: { type: 'final' },
    disputed: { type: 'final' },
  },
});
const claims = defineSaga('claims', { machine, unhandled: 'stash' })
  .startsOn(ClaimFiled, data => data)
  .on(DamageAssessed);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [treasury], sagas: [claims] });
