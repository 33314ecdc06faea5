// The saga claims the charge, and its child sends it: the handler of the event gives way for the whole of the family.
import { setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  saga,
} from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const RenewalDue = defineEvent('subscription.fell-due', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] }).on(
  ChargePayment,
  (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  },
);
// It owns nothing that is claimed: what it would send is.
const autopilot = defineActor('autopilot', { sends: [ChargePayment] }).on(
  RenewalDue,
  (ctx, renewal) => ctx.send(ChargePayment, renewal),
  { yieldsTo: 'orchestrator' },
);

const charging = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'charging',
  context: ({ input }) => input,
  initial: 'asking',
  states: {
    asking: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});
const collection = defineSaga('collection', { machine: charging });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { collection: saga(collection, { key: ({ id }) => id, timeout: '3d' }) },
}).createMachine({
  id: 'renewal',
  context: ({ input }) => input,
  initial: 'collecting',
  states: {
    collecting: { invoke: { id: 'collect', src: 'collection', input: whole, onDone: 'renewed', onError: 'lapsed' } },
    renewed: { type: 'final' },
    lapsed: { type: 'final' },
  },
});
const renewal = defineSaga('renewal', { machine, orchestrates: [ChargePayment] }).startsOn(RenewalDue, data => data);

export const app = defineApp({ actors: [payments, autopilot], sagas: [renewal, collection] });
