// The child waits without a timer of its own, and the only step that starts it gives it two weeks.
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
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

const DeviceReturned = defineEvent('device.returned', about);
const DeviceInspected = defineEvent('device.inspected', about);
const PayOut = defineCommand('refund.pay-out', about);

type Device = DataOf<typeof DeviceReturned>;

const refunds = defineActor('refunds', { state: () => ({ refunds: 0 }) }).on(PayOut, ctx => {
  ctx.state.refunds += 1;
});

const waiting = setup({
  types: {} as { input: Device; context: Device; events: MessageOf<typeof DeviceInspected> },
}).createMachine({
  id: 'inspection',
  context: ({ input }) => input,
  initial: 'queued',
  states: { queued: { on: { 'device.inspected': 'inspected' } }, inspected: { type: 'final' } },
});
const inspection = defineSaga('inspection', { machine: waiting, unknown: 'wait' }).on(DeviceInspected);

const machine = setup({
  types: {} as { input: Device; context: Device },
  actors: { inspection: saga(inspection, { key: ({ id }) => id, timeout: '14d' }), pay: command(PayOut) },
}).createMachine({
  id: 'refund',
  context: ({ input }) => input,
  initial: 'inspecting',
  states: {
    inspecting: { invoke: { id: 'inspect', src: 'inspection', input: whole, onDone: 'paying', onError: 'refused' } },
    paying: { invoke: { id: 'pay', src: 'pay', input: whole, onDone: 'paid', onError: 'refused' } },
    paid: { type: 'final' },
    refused: { type: 'final' },
  },
});
const refund = defineSaga('refund', { machine }).startsOn(DeviceReturned, data => data);

export const app = defineApp({ actors: [refunds], sagas: [refund, inspection] });
