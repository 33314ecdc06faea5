// The badge waits for the laptop, though it reads nothing that the laptop brings.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, ok } from '../kit.ts';

const HireEmployee = defineCommand('employee.hire', about);
const EmployeeHired = defineEvent('employee.hired', about);
const OrderLaptop = defineCommand('equipment.order-laptop', { ...about, reply: ok });
const PrintBadge = defineCommand('security.print-badge', { ...about, reply: ok });

type Employee = DataOf<typeof EmployeeHired>;

const office = defineActor('office', { publishes: [EmployeeHired] }).on(HireEmployee, (ctx, employee) => {
  ctx.publish(EmployeeHired, employee);
});
const equipment = defineActor('equipment', { state: () => ({ laptops: 0 }) }).on(OrderLaptop, ctx => {
  ctx.state.laptops += 1;
  return { ok: true };
});
const security = defineActor('security', { state: () => ({ badges: 0 }) }).on(PrintBadge, ctx => {
  ctx.state.badges += 1;
  return { ok: true };
});

const machine = setup({
  types: {} as { input: Employee; context: Employee },
  actors: { order: command(OrderLaptop, { timeout: '7d' }), print: command(PrintBadge, { timeout: '7d' }) },
}).createMachine({
  id: 'hiring',
  context: ({ input }) => input,
  initial: 'laptop',
  states: {
    laptop: {
      invoke: {
        id: 'order',
        src: 'order',
        input: ({ context: { id } }) => ({ id }),
        onDone: 'badge',
        onError: 'failed',
      },
    },
    badge: {
      invoke: {
        id: 'print',
        src: 'print',
        input: ({ context: { id } }) => ({ id }),
        onDone: 'ready',
        onError: 'failed',
      },
    },
    ready: { type: 'final' },
    failed: { type: 'final' },
  },
});
const hiring = defineSaga('hiring', { machine }).startsOn(EmployeeHired, data => data);

export const hints = true;
export const expected: readonly CheckCode[] = ['TR125'];
export const app = defineApp({ actors: [office, equipment, security], sagas: [hiring] });
