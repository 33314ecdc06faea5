// Two sagas start on one event, and each owns another part of the work.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

const EmployeeHired = defineEvent('employee.hired', about);
const CreateAccount = defineCommand('account.create', about);
const PrepareDesk = defineCommand('desk.prepare', about);

type Employee = DataOf<typeof EmployeeHired>;

const directory = defineActor('directory', { state: () => ({ active: false }) }).on(CreateAccount, ctx => {
  ctx.state.active = true;
});
const facilities = defineActor('facilities', { state: () => ({ desks: 0 }), single: true }).on(PrepareDesk, ctx => {
  ctx.state.desks += 1;
});

const access = setup({
  types: {} as { input: Employee; context: Employee },
  actors: { create: command(CreateAccount) },
}).createMachine({
  id: 'access',
  context: ({ input }) => input,
  initial: 'creating',
  states: {
    creating: { invoke: { id: 'create', src: 'create', input: whole, onDone: 'created', onError: 'failed' } },
    created: { type: 'final' },
    failed: { type: 'final' },
  },
});
const workplace = setup({
  types: {} as { input: Employee; context: Employee },
  actors: { prepare: command(PrepareDesk) },
  delays: { firstDay: 14 * 86_400_000 },
}).createMachine({
  id: 'workplace',
  context: ({ input }) => input,
  initial: 'early',
  states: {
    early: { after: { firstDay: 'preparing' } },
    preparing: { invoke: { id: 'prepare', src: 'prepare', input: whole, onDone: 'prepared', onError: 'failed' } },
    prepared: { type: 'final' },
    failed: { type: 'final' },
  },
});

export const app = defineApp({
  actors: [directory, facilities],
  sagas: [
    defineSaga('access', { machine: access }).startsOn(EmployeeHired, data => data),
    defineSaga('workplace', { machine: workplace }).startsOn(EmployeeHired, data => data),
  ],
});
