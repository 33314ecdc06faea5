// What must not compile around sagas: each line under `@ts-expect-error` is a mistake a user will make.
import { assign, emit, setup } from 'xstate';
import { command, defineSaga, type MessageOf } from '../../src/index.ts';
import { Charge as ChargePayment, machine, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected, Refund as RefundPayment } from '../sagas/checkout.ts';
const s = setup({ types: {} as { context: { a: string }; emitted: MessageOf<typeof OrderConfirmed> }, actors: { charge: command(ChargePayment), ok: command(ChargePayment, { doneIf: (r) => r.ok }) } });
// @ts-expect-error S1 compensate on a union without narrowing
command(ChargePayment, { compensate: { send: RefundPayment, data: (r, c) => ({ orderId: c.orderId, receipt: r.receipt }) } });
// @ts-expect-error S2 compensate lacks a field
command(ChargePayment, { compensate: { send: RefundPayment, data: (_r, c) => ({ orderId: c.orderId }) } });
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
