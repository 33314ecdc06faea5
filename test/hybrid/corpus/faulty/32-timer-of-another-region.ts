// The timer stands in the region beside the one that waits: it ends its own region and never that of the customs.
import { setup } from 'xstate';
import { defineApp, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const ContainerArrived = defineEvent('container.arrived', about);
const DutyPaid = defineEvent('customs.duty-paid', about);

type Container = DataOf<typeof ContainerArrived>;

const machine = setup({
  types: {} as { input: Container; context: Container; events: MessageOf<typeof DutyPaid> },
  delays: { cooling: 3_600_000 },
}).createMachine({
  id: 'clearing',
  context: ({ input }) => input,
  initial: 'clearing',
  states: {
    clearing: {
      type: 'parallel',
      onDone: 'cleared',
      states: {
        goods: { initial: 'cooling', states: { cooling: { after: { cooling: 'cool' } }, cool: { type: 'final' } } },
        papers: {
          initial: 'open',
          states: { open: { on: { 'customs.duty-paid': 'stamped' } }, stamped: { type: 'final' } },
        },
      },
    },
    cleared: { type: 'final' },
  },
});
const clearing = defineSaga('clearing', { machine })
  .startsOn(ContainerArrived, data => data)
  .on(DutyPaid);

export const expected: readonly CheckCode[] = ['TR120'];
export const app = defineApp({ sagas: [clearing] });
