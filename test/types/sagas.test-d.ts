// What must not compile around sagas: each line under `@ts-expect-error` is a mistake a user will make.
import { assign, emit, setup } from 'xstate';
import { command, defineSaga, type MessageOf } from '../../src/index.ts';
import { Charge as ChargePayment, machine, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected, Refund as RefundPayment } from '../sagas/checkout.ts';
const s = setup({ types: {} as { context: { a: string }; emitted: MessageOf<typeof OrderConfirmed> }, actors: { charge: command(ChargePayment), ok: command(ChargePayment, { doneIf: (r) => r.ok }) } });
// S1 compensate on a union without narrowing
// @ts-expect-error
command(ChargePayment, { compensate: { send: RefundPayment, data: (r, c) => ({ orderId: c.orderId, receipt: r.receipt }) } });
// S2 compensate lacks a field
// @ts-expect-error
command(ChargePayment, { compensate: { send: RefundPayment, data: (_r, c) => ({ orderId: c.orderId }) } });
// S3 command() of an event
// @ts-expect-error
command(OrderPlaced);
// S4 wrong input in invoke
// @ts-expect-error
s.createMachine({ context: { a: '' }, invoke: { src: 'charge', input: { orderId: 1, cents: 1 } } });
// S5 missing input
// @ts-expect-error
s.createMachine({ context: { a: '' }, invoke: { src: 'charge' } });
// S6 unknown src
// @ts-expect-error
s.createMachine({ context: { a: '' }, invoke: { src: 'chrge', input: { orderId: '1', cents: 1 } } });
// S7 reply field of a union
// @ts-expect-error
s.createMachine({ context: { a: '' }, invoke: { src: 'charge', input: { orderId: '1', cents: 1 }, onDone: { actions: ({ event }) => event.output.receipt } } });
// S8 wrong reply field
// @ts-expect-error
s.createMachine({ context: { a: '' }, invoke: { src: 'ok', input: { orderId: '1', cents: 1 }, onDone: { actions: ({ event }) => event.output.code } } });
// S9 emit of another event
// @ts-expect-error
s.createMachine({ context: { a: '' }, entry: emit({ type: 'order.shipped', data: { orderId: '1', trackingCode: 'x' } }) });
// @ts-expect-error
s.createMachine({ context: { a: '' }, entry: emit(OrderCancelled({ orderId: '1', reason: 'x' })) });
// S10 emitted event not published
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed] });
// S11 no publishes at all
// @ts-expect-error
defineSaga('x', { machine });
// S12 on() of an event the machine does not take
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).on(OrderPlaced);
// S13 start input wrong
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(OrderCancelled, (d) => d);
// S14 start input partly
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(OrderCancelled, (d) => ({ orderId: d.orderId, cents: 'x' }));
// S15 not a machine
// @ts-expect-error
defineSaga('x', { machine: {} });
// S17 misspelled option
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected], migrations: {} });
// S18 invariant
// @ts-expect-error
defineSaga('x', { machine, publishes: [OrderConfirmed, OrderRejected], invariant: (c) => c.cnts > 0 });
// S19 emitted data differs from the contract
const other = setup({ types: {} as { emitted: { type: 'order.confirmed'; data: { orderId: number } } } }).createMachine({});
// @ts-expect-error
defineSaga('x', { machine: other, publishes: [OrderConfirmed] });
// S20 machine's event data differs from the contract
const other2 = setup({ types: {} as { events: { type: 'order.cancelled'; data: { orderId: number } } } }).createMachine({});
// @ts-expect-error
defineSaga('x', { machine: other2 }).on(OrderCancelled);
