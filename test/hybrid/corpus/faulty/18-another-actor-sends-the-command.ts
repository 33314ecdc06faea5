// A third part hears the start event and sends the owner the very command that the saga sends.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, whole, type Case } from '../kit.ts';

const TripBooked = defineEvent('trip.booked', money);
const VoucherPrinted = defineEvent('voucher.printed', about);
const PrintVoucher = defineCommand('voucher.print', about);

const vouchers = defineActor('vouchers', { state: () => ({ printed: 0 }), publishes: [VoucherPrinted] }).on(
  PrintVoucher,
  (ctx, trip) => {
    ctx.state.printed += 1;
    ctx.publish(VoucherPrinted, trip);
  },
);
const counter = defineActor('counter', { sends: [PrintVoucher] }).on(TripBooked, (ctx, { id }) => {
  ctx.send(PrintVoucher, { id });
});

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { print: command(PrintVoucher) },
}).createMachine({
  id: 'trip',
  context: ({ input }) => input,
  initial: 'printing',
  states: {
    printing: { invoke: { id: 'print', src: 'print', input: whole, onDone: 'ready', onError: 'stuck' } },
    ready: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const trips = defineSaga('trips', { machine }).startsOn(TripBooked, data => data);

export const expected: readonly CheckCode[] = ['TR102'];
export const app = defineApp({ actors: [vouchers, counter], sagas: [trips] });
