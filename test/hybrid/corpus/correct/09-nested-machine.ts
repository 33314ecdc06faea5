// A machine of its own inside a state of the saga: its wait is limited by the state that invokes it, its undo by the saga.
import { sendTo, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about, ok, whole } from '../kit.ts';

const DeviceSold = defineEvent('device.sold', about);
const DeviceOnline = defineEvent('device.came-online', about);
const IssueCertificate = defineCommand('certificate.issue', { ...about, reply: ok });
const RevokeCertificate = defineCommand('certificate.revoke', about);
const InstallFirmware = defineCommand('firmware.install', { ...about, reply: ok });

type Device = DataOf<typeof DeviceSold>;

const certificates = defineActor('certificates', { state: () => ({ serial: 0 }) })
  .on(IssueCertificate, ctx => {
    ctx.state.serial += 1;
    return { ok: true };
  })
  .on(RevokeCertificate, ctx => {
    ctx.state.serial = 0;
  });
const firmware = defineActor('firmware', { state: () => ({ version: 1 }) }).on(InstallFirmware, ctx => {
  ctx.state.version += 1;
  return { ok: true };
});

const enrolment = setup({
  types: {} as { input: Device; context: Device; events: MessageOf<typeof DeviceOnline> },
  actors: {
    issue: command(IssueCertificate, {
      compensate: { send: RevokeCertificate, data: (_reply, { id }) => ({ id }) },
    }),
  },
}).createMachine({
  id: 'enrolment',
  context: ({ input }) => input,
  initial: 'issuing',
  states: {
    issuing: { invoke: { id: 'issue', src: 'issue', input: whole, onDone: 'awaiting', onError: 'awaiting' } },
    awaiting: { on: { 'device.came-online': 'enrolled' } },
    enrolled: { type: 'final' },
  },
});

const machine = setup({
  types: {} as { input: Device; context: Device; events: MessageOf<typeof DeviceOnline>; tags: 'compensate' },
  actors: { enrolment, install: command(InstallFirmware, { timeout: '10m', doneIf: reply => reply.ok }) },
  delays: { warranty: 30 * 86_400_000 },
}).createMachine({
  id: 'rollout',
  context: ({ input }) => input,
  initial: 'enrolling',
  states: {
    enrolling: {
      invoke: { id: 'enrolment', src: 'enrolment', input: whole, onDone: 'installing' },
      on: { 'device.came-online': { actions: sendTo('enrolment', ({ event }) => event) } },
      after: { warranty: 'abandoned' },
    },
    installing: { invoke: { id: 'install', src: 'install', input: whole, onDone: 'ready', onError: 'abandoned' } },
    ready: { type: 'final' },
    abandoned: { type: 'final', tags: 'compensate' },
  },
});
const rollout = defineSaga('rollout', { machine, unhandled: 'stash' })
  .startsOn(DeviceSold, data => data)
  .on(DeviceOnline);

export const app = defineApp({ actors: [certificates, firmware], sagas: [rollout] });
