// The handler takes only large orders, the saga takes all: the large ones are insured twice.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const ParcelSent = defineEvent('parcel.sent', money);
const ParcelInsured = defineEvent('parcel.insured', money);
const InsureParcel = defineCommand('parcel.insure', money);

const insurance = defineActor('insurance', { state: () => ({ cents: 0 }), publishes: [ParcelInsured] })
  .on(InsureParcel, (ctx, parcel) => {
    ctx.state.cents += parcel.cents;
    ctx.publish(ParcelInsured, parcel);
  })
  .on(
    ParcelSent,
    (ctx, parcel) => {
      ctx.state.cents += parcel.cents;
      ctx.publish(ParcelInsured, parcel);
    },
    { where: ({ cents }) => cents > 50_000 },
  );

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { insure: command(InsureParcel) },
}).createMachine({
  id: 'dispatch',
  context: ({ input }) => input,
  initial: 'insuring',
  states: {
    insuring: { invoke: { id: 'insure', src: 'insure', input: whole, onDone: 'insured', onError: 'refused' } },
    insured: { type: 'final' },
    refused: { type: 'final' },
  },
});
const dispatch = defineSaga('dispatch', { machine }).startsOn(ParcelSent, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [insurance], sagas: [dispatch] });
