// The nested machine waits for a reading without a limit, and the state that invokes it has none either.
import { sendTo, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const MeterInstalled = defineEvent('meter.installed', about);
const MeterRead = defineEvent('meter.read', about);
const ActivateTariff = defineCommand('tariff.activate', about);

type Meter = DataOf<typeof MeterInstalled>;

const tariffs = defineActor('tariffs', { state: () => ({ active: false }) }).on(ActivateTariff, ctx => {
  ctx.state.active = true;
});

const reading = setup({
  types: {} as { input: Meter; context: Meter; events: MessageOf<typeof MeterRead> },
}).createMachine({
  id: 'reading',
  context: ({ input }) => input,
  initial: 'awaiting',
  states: { awaiting: { on: { 'meter.read': 'known' } }, known: { type: 'final' } },
});
const machine = setup({
  types: {} as { input: Meter; context: Meter; events: MessageOf<typeof MeterRead> },
  actors: { reading, activate: command(ActivateTariff) },
}).createMachine({
  id: 'supply',
  context: ({ input }) => input,
  initial: 'reading',
  states: {
    reading: {
      invoke: { id: 'reading', src: 'reading', input: whole, onDone: 'activating' },
      on: { 'meter.read': { actions: sendTo('reading', ({ event }) => event) } },
    },
    activating: { invoke: { id: 'activate', src: 'activate', input: whole, onDone: 'supplied', onError: 'failed' } },
    supplied: { type: 'final' },
    failed: { type: 'final' },
  },
});
const supply = defineSaga('supply', { machine })
  .startsOn(MeterInstalled, data => data)
  .on(MeterRead);

export const expected: readonly CheckCode[] = ['TR120'];
export const app = defineApp({ actors: [tariffs], sagas: [supply] });
