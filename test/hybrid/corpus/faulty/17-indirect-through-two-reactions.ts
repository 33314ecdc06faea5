// Two reactions lead from the hired employee to a laptop, which the saga orders as well; its name is an effect.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, ok, whole } from '../kit.ts';

const EmployeeHired = defineEvent('employee.hired', about);
const AccountCreated = defineEvent('directory.account-created', about);
const AccessGranted = defineEvent('security.access-granted', about);
const OrderLaptop = defineCommand('equipment.order-laptop', { ...about, reply: ok });

type Employee = DataOf<typeof EmployeeHired>;

const directory = defineActor('directory', { publishes: [AccountCreated] }).on(EmployeeHired, (ctx, employee) => {
  ctx.publish(AccountCreated, employee);
});
const security = defineActor('security', { publishes: [AccessGranted] }).task(AccountCreated, {
  run: (ctx, { id }) => ctx.step('grant', () => id.length),
  done: (ctx, _doors, employee) => ctx.publish(AccessGranted, employee),
});
const equipment = defineActor('equipment', { state: () => ({ laptops: 0 }), single: true })
  .on(
    OrderLaptop,
    ctx => {
      ctx.state.laptops += 1;
      return { ok: true };
    },
    { effect: 'order-laptop' },
  )
  .on(
    AccessGranted,
    ctx => {
      ctx.state.laptops += 1;
    },
    { effect: 'order-laptop' },
  );

const machine = setup({
  types: {} as { input: Employee; context: Employee },
  actors: { order: command(OrderLaptop, { timeout: '7d' }) },
}).createMachine({
  id: 'hiring',
  context: ({ input }) => input,
  initial: 'equipping',
  states: {
    equipping: { invoke: { id: 'order', src: 'order', input: whole, onDone: 'equipped', onError: 'failed' } },
    equipped: { type: 'final' },
    failed: { type: 'final' },
  },
});
const hiring = defineSaga('hiring', { machine }).startsOn(EmployeeHired, data => data);

export const expected: readonly CheckCode[] = ['TR102'];
export const app = defineApp({ actors: [directory, security, equipment], sagas: [hiring] });
