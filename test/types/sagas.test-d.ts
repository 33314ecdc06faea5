// What must not compile around sagas: each line under `@ts-expect-error` is a mistake a user will make.
import { assign, emit, fromPromise, setup } from 'xstate';
import { command, defineSaga, saga, task, type MessageOf, type Runtime, type TaskArgs } from '../../src/index.ts';
import { Charge as ChargePayment, checkout, machine, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected, Refund as RefundPayment } from '../sagas/checkout.ts';
const s = setup({ types: {} as { context: { a: string }; emitted: MessageOf<typeof OrderConfirmed> }, actors: { charge: command(ChargePayment), ok: command(ChargePayment, { doneIf: (r) => r.ok }) } });
// @ts-expect-error S1 compensate on a union without narrowing
command(ChargePayment, { compensate: { send: RefundPayment, data: (r, c) => ({ orderId: c.orderId, receipt: r.receipt }) } });
// @ts-expect-error S2 compensate lacks a field
command(ChargePayment, { compensate: { send: RefundPayment, data: (_r, c) => ({ orderId: c.orderId }) } });
command(ChargePayment, { compensate: false });
// @ts-expect-error S2 compensate is no switch
command(ChargePayment, { compensate: true });
// @ts-expect-error S3 command() of an event
command(OrderPlaced);
// @ts-expect-error S4 wrong input in invoke
s.createMachine({ context: { a: '' }, invoke: { src: 'charge', input: { orderId: 1, cents: 1 } } });
// @ts-expect-error S5 missing input
s.createMachine({ context: { a: '' }, invoke: { src: 'charge' } });
// @ts-expect-error S6 unknown src
s.createMachine({ context: { a: '' }, invoke: { src: 'chrge', input: { orderId: '1', cents: 1 } } });
// @ts-expect-error S7 reply field of a union
s.createMachine({ context: { a: '' }, invoke: { src: 'charge', input: { orderId: '1', cents: 1 }, onDone: { actions: ({ event }) => event.output.receipt } } });
// @ts-expect-error S8 wrong reply field
s.createMachine({ context: { a: '' }, invoke: { src: 'ok', input: { orderId: '1', cents: 1 }, onDone: { actions: ({ event }) => event.output.code } } });
// @ts-expect-error S9 emit of another event
s.createMachine({ context: { a: '' }, entry: emit({ type: 'order.shipped', data: { orderId: '1', trackingCode: 'x' } }) });
// @ts-expect-error S9 emit of another event
s.createMachine({ context: { a: '' }, entry: emit(OrderCancelled({ orderId: '1', reason: 'x' })) });
// @ts-expect-error S10 emitted event not published
defineSaga('x', { machine, publishes: [OrderConfirmed] });
// @ts-expect-error S11 no publishes at all
defineSaga('x', { machine });
// @ts-expect-error S12 on() of an event the machine does not take
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).on(OrderPlaced);
// @ts-expect-error S13 start input wrong
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(OrderCancelled, (d) => d);
// @ts-expect-error S14 start input partly
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(OrderCancelled, (d) => ({ orderId: d.orderId, cents: 'x' }));
// @ts-expect-error S15 not a machine
defineSaga('x', { machine: {} });
// @ts-expect-error S17 misspelled option
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected], migrations: {} });
// @ts-expect-error S18 invariant
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected], invariant: (c) => c.cnts > 0 });
const other = setup({ types: {} as { emitted: { type: 'order.confirmed'; data: { orderId: number } } } }).createMachine({});
// @ts-expect-error S19 emitted data differs from the contract
defineSaga('x', { machine: other, publishes: [OrderConfirmed] });
const other2 = setup({ types: {} as { events: { type: 'order.cancelled'; data: { orderId: number } } } }).createMachine({});
// @ts-expect-error S20 machine's event data differs from the contract
defineSaga('x', { machine: other2 }).on(OrderCancelled);
// @ts-expect-error S21 start on a command that would owe a reply
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(ChargePayment, (d) => d);

const steps = setup({
  types: {} as { context: { cents: number } },
  actors: { quote: task(({ input }: TaskArgs<{ sku: string }>) => ({ cents: input.sku.length })), rate: fromPromise(async ({ input }: { input: { to: string } }) => input.to), kid: saga(checkout) },
});
// @ts-expect-error T1 wrong input of a task
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'quote', input: { sku: 1 } } });
// @ts-expect-error T2 missing input of a task
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'quote' } });
// @ts-expect-error T3 wrong output field of a task
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'quote', input: { sku: 'a' }, onDone: { actions: assign({ cents: ({ event }) => event.output.cnts }) } } });
// @ts-expect-error T4 wrong input of a promise
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'rate', input: { from: 'EUR' } } });
// @ts-expect-error T5 misspelled option of a task
task(({ input }: TaskArgs<string>) => input, { retries: 3 });
// @ts-expect-error T6 compensate a task with a field it does not return
task(({ input }: TaskArgs<string>) => ({ id: input }), { compensate: { send: RefundPayment, data: (done, id) => ({ orderId: id, receipt: done.receipt }) } });
task(({ input }: TaskArgs<string>) => ({ id: input }), { compensate: false });
// @ts-expect-error T7 compensate a task with a command that lacks a field
task(({ input }: TaskArgs<string>) => ({ id: input }), { compensate: { send: RefundPayment, data: (done) => ({ orderId: done.id }) } });

// @ts-expect-error C1 wrong input of a child saga
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'kid', input: { orderId: '1', cents: '1' } } });
// @ts-expect-error C2 missing input of a child saga
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'kid' } });
// @ts-expect-error C3 wrong output field of a child saga
steps.createMachine({ context: { cents: 0 }, invoke: { src: 'kid', input: { orderId: '1', cents: 1 }, onDone: { guard: ({ event }) => event.output.shippd } } });
// @ts-expect-error C4 the key of a child saga is made of its input
saga(checkout, { key: (input) => input.id });
// @ts-expect-error C5 a machine is not a saga
saga(machine);

declare const runtime: Runtime;
const found = runtime.sagas.get(checkout, '1')!;
// @ts-expect-error L1 wrong output field
found.output?.shippd;
// @ts-expect-error L2 output of an instance that may not have ended
found.output.shipped;
// @ts-expect-error L3 wrong context field
found.context.cnts;
// @ts-expect-error L4 unknown state
found.state === 'lost';
// @ts-expect-error L5 unknown state
found.matches({ paying: { money: 'asked' } });
// @ts-expect-error L6 unknown tag
found.tags.has('compensated');
// @ts-expect-error L7 unknown status
found.status === 'finished';
// @ts-expect-error L8 waits for an unknown state
void runtime.sagas.waitFor(checkout, '1', { state: 'shiping' });
// @ts-expect-error L9 waits for an unknown tag
void runtime.sagas.waitFor(checkout, '1', { tag: 'compensated' });
// @ts-expect-error L10 waits for nothing there is
void runtime.sagas.waitFor(checkout, '1', 'ended');
// @ts-expect-error L11 edits into another context
void runtime.sagas.edit(checkout, '1', (context) => ({ ...context, cents: '1' }));
// @ts-expect-error L12 lists by an unknown status
runtime.sagas.list(checkout, { status: 'finished' });

const books = setup({
  types: {} as { input: { id: string }; context: { id: string }; events: MessageOf<typeof OrderCancelled> },
  actions: { book: (_: unknown, _params: { cents: number }) => {}, tell: () => {} },
}).createMachine({ context: ({ input }) => input, on: { 'order.cancelled': { actions: [{ type: 'book', params: { cents: 1 } }, 'tell'] } } });
// @ts-expect-error A1 wrong context field
defineSaga('x', { machine: books, sql: true, inTransaction: { book: ({ context }) => { context.ident; } } });
// @ts-expect-error A2 wrong event field
defineSaga('x', { machine: books, sql: true, inTransaction: { book: ({ event }) => { event.data.why; } } });
// @ts-expect-error A3 wrong method of a Database
defineSaga('x', { machine: books, sql: true, inTransaction: { book: ({ sql }) => { sql.select(); } } });
// @ts-expect-error A4 sql that is not declared
defineSaga('x', { machine: books, inTransaction: { book: ({ sql }) => { sql.exec(''); } } });
// @ts-expect-error A5 an action in the transaction is synchronous
defineSaga('x', { machine: books, inTransaction: { book: async () => {} } });
// @ts-expect-error A6 unknown action
defineSaga('x', { machine: books, inTransaction: { bok: () => {} } });
// @ts-expect-error A7 misspelled option
defineSaga('x', { machine: books, inTransactions: { book: () => {} } });
// @ts-expect-error A8 unknown policy
defineSaga('x', { machine: books, unhandled: 'park' });

defineSaga('x', { machine: books, orchestrates: [ChargePayment, { command: RefundPayment, key: ({ id }: { id: string }) => id }] });
// @ts-expect-error O1 orchestrates an event
defineSaga('x', { machine: books, orchestrates: [OrderPlaced] });
// @ts-expect-error O2 a key that is no text
defineSaga('x', { machine: books, orchestrates: [{ command: ChargePayment, key: ({ cents }: { cents: number }) => cents }] });
// @ts-expect-error O3 a command without its key
defineSaga('x', { machine: books, orchestrates: [{ command: ChargePayment }] });
defineSaga('x', { machine: books }).startsOn(OrderCancelled, ({ orderId }) => ({ id: orderId }), { where: ({ reason }) => reason === 'late' });
// @ts-expect-error O4 where reads a field that the event does not have
defineSaga('x', { machine: books }).on(OrderCancelled, { where: ({ reson }) => reson === 'late' });
