// The saga is in version 2 without a migration: instances that version 1 started are held at the next start.
import { setup } from 'xstate';
import { defineApp, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const ReturnAnnounced = defineEvent('return.announced', about);
const ParcelReceived = defineEvent('parcel.received', about);

type Return = DataOf<typeof ReturnAnnounced>;

const machine = setup({
  types: {} as { input: Return; context: Return; events: MessageOf<typeof ParcelReceived> },
  delays: { patience: 30 * 86_400_000 },
}).createMachine({
  id: 'return',
  context: ({ input }) => input,
  initial: 'travelling',
  states: {
    travelling: { on: { 'parcel.received': 'received' }, after: { patience: 'lost' } },
    received: { type: 'final' },
    lost: { type: 'final' },
  },
});
const returns = defineSaga('returns', { machine, version: 2 })
  .startsOn(ReturnAnnounced, data => data)
  .on(ParcelReceived);

export const expected: readonly CheckCode[] = ['TR140'];
export const app = defineApp({ sagas: [returns] });
