// The command stands in a machine that the saga's machine invokes, and the actor does its work on the start event, too.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const PolicySold = defineEvent('policy.sold', money);
const PremiumCollected = defineEvent('premium.collected', money);
const CollectPremium = defineCommand('premium.collect', { ...money, reply: ok });

const premiums = defineActor('premiums', { state: () => ({ cents: 0 }), publishes: [PremiumCollected] })
  .on(CollectPremium, (ctx, premium) => {
    ctx.state.cents += premium.cents;
    ctx.publish(PremiumCollected, premium);
    return { ok: true };
  })
  .on(PolicySold, (ctx, policy) => {
    ctx.state.cents += policy.cents;
    ctx.publish(PremiumCollected, policy);
  });

const collecting = setup({
  types: {} as { input: Case; context: Case },
  actors: { collect: command(CollectPremium, { doneIf: reply => reply.ok }) },
  delays: { pause: 86_400_000 },
}).createMachine({
  id: 'collecting',
  context: ({ input }) => input,
  initial: 'asking',
  states: {
    asking: { invoke: { id: 'collect', src: 'collect', input: whole, onDone: 'in', onError: 'pausing' } },
    pausing: { after: { pause: 'asking' } },
    in: { type: 'final' },
  },
});
const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { collecting },
  delays: { patience: 30 * 86_400_000 },
}).createMachine({
  id: 'policy',
  context: ({ input }) => input,
  initial: 'unpaid',
  states: {
    unpaid: {
      invoke: { id: 'collecting', src: 'collecting', input: whole, onDone: 'paid' },
      after: { patience: 'void' },
    },
    paid: { type: 'final' },
    void: { type: 'final' },
  },
});
const policies = defineSaga('policies', { machine }).startsOn(PolicySold, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [premiums], sagas: [policies] });
