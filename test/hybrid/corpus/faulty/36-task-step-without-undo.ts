// The reservation goes back when the label cannot be printed, but the courier that was called in between comes anyway.
import { setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  task,
} from '../../../../src/index.ts';
import type { DataOf, TaskArgs } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, ok, whole } from '../kit.ts';

const OrderPacked = defineEvent('order.packed', about);
const ReserveDock = defineCommand('dock.reserve', about);
const FreeDock = defineCommand('dock.free', about);
const PrintLabel = defineCommand('label.print', { ...about, reply: ok });

type Order = DataOf<typeof OrderPacked>;

const docks = defineActor('docks', { state: () => ({ taken: 0 }) })
  .on(ReserveDock, ctx => {
    ctx.state.taken += 1;
  })
  .on(FreeDock, ctx => {
    ctx.state.taken -= 1;
  });
const labels = defineActor('labels').on(PrintLabel, (_ctx, { id }) => ({ ok: id !== '' }));

const callCourier = async ({ input, idempotencyKey, signal }: TaskArgs<Order>): Promise<number> => {
  const call = { method: 'POST', headers: { 'idempotency-key': idempotencyKey }, signal };
  const response = await fetch(`https://courier.example/${input.id}`, call);
  return response.status;
};
const machine = setup({
  types: {} as { input: Order; context: Order; tags: 'compensate' },
  actors: {
    reserve: command(ReserveDock, { compensate: { send: FreeDock, data: (_reply, { id }) => ({ id }) } }),
    call: task(callCourier, { timeout: '20s' }),
    print: command(PrintLabel, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'pickup',
  context: ({ input }) => input,
  initial: 'reserving',
  states: {
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'calling', onError: 'failed' } },
    calling: { invoke: { id: 'call', src: 'call', input: whole, onDone: 'labelling', onError: 'failed' } },
    labelling: { invoke: { id: 'print', src: 'print', input: whole, onDone: 'ready', onError: 'failed' } },
    ready: { type: 'final' },
    failed: { type: 'final', tags: 'compensate' },
  },
});
const pickup = defineSaga('pickup', { machine }).startsOn(OrderPacked, data => data);

export const expected: readonly CheckCode[] = ['TR122'];
export const app = defineApp({ actors: [docks, labels], sagas: [pickup] });
