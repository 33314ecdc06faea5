// A saga that may wait for ever and says why, and an actor whose first version was never stored: both are waived.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const GuaranteeSold = defineEvent('guarantee.sold', about);
const GuaranteeUsed = defineEvent('guarantee.used', about);
const RepairDevice = defineCommand('workshop.repair', about);

type Guarantee = DataOf<typeof GuaranteeSold>;

const workshop = defineActor('workshop', {
  state: () => ({ repairs: 0 }),
  version: 2,
  allow: [{ code: 'TR140', reason: 'Version 1 ran on the machines of developers only.' }],
}).on(RepairDevice, ctx => {
  ctx.state.repairs += 1;
});

const machine = setup({
  types: {} as { input: Guarantee; context: Guarantee; events: MessageOf<typeof GuaranteeUsed> },
  actors: { repair: command(RepairDevice) },
}).createMachine({
  id: 'guarantee',
  context: ({ input }) => input,
  initial: 'dormant',
  states: {
    dormant: { on: { 'guarantee.used': 'repairing' } },
    repairing: { invoke: { id: 'repair', src: 'repair', input: whole, onDone: 'repaired', onError: 'broken' } },
    repaired: { type: 'final' },
    broken: { type: 'final' },
  },
});
const guarantee = defineSaga('guarantee', {
  machine,
  allow: [{ code: 'TR120', reason: 'Most guarantees are never used, and this one has no end.' }],
})
  .startsOn(GuaranteeSold, data => data)
  .on(GuaranteeUsed);

export const waived: readonly CheckCode[] = ['TR120', 'TR140'];
export const app = defineApp({ actors: [workshop], sagas: [guarantee] });
