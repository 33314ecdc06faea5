// The actor declares two events and its handlers publish in helpers: which one each of them publishes is not to be seen.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { ContextOf, DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const DeviceFailed = defineEvent('device.failed', about);
const TechnicianSent = defineEvent('technician.sent', about);
const CustomerInformed = defineEvent('customer.informed', about);
const SendTechnician = defineCommand('technician.send', about);

type Device = DataOf<typeof DeviceFailed>;
const base = defineActor('field-service', {
  state: () => ({ visits: 0 }),
  publishes: [TechnicianSent, CustomerInformed],
});

function visit(ctx: ContextOf<typeof base>, device: Device): void {
  ctx.state.visits += 1;
  ctx.publish(TechnicianSent, device);
  ctx.publish(CustomerInformed, device);
}

const fieldService = base
  .on(SendTechnician, (ctx, device) => visit(ctx, device))
  .on(DeviceFailed, (ctx, device) => visit(ctx, device));

const machine = setup({
  types: {} as { input: Device; context: Device },
  actors: { send: command(SendTechnician) },
}).createMachine({
  id: 'repair',
  context: ({ input }) => input,
  initial: 'sending',
  states: {
    sending: { invoke: { id: 'send', src: 'send', input: whole, onDone: 'repaired', onError: 'broken' } },
    repaired: { type: 'final' },
    broken: { type: 'final' },
  },
});
const repair = defineSaga('repair', { machine }).startsOn(DeviceFailed, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [fieldService], sagas: [repair] });
