// What TypeScript accepts and refuses about contracts.
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import {
  defineCommand,
  defineEvent,
  type DataOf,
  type InputOf,
  type MessageOf,
  type ReplyOf,
} from '../../src/runtime/message/contract.ts';

export const OrderPlaced = defineEvent('order.placed', {
  data: z.object({ orderId: z.string(), cents: z.int(), currency: z.string().default('EUR') }),
  key: d => d.orderId,
  version: 2,
  upcast: { 1: (old: { orderId: string; amount: number }) => ({ orderId: old.orderId, cents: old.amount * 100 }) },
});
export const OrderCancelled = defineEvent('order.cancelled', {
  data: v.object({ orderId: v.string(), reason: v.optional(v.string(), 'none') }),
  key: d => d.orderId,
});
export const OrderShipped = defineEvent('order.shipped', {
  data: type({ orderId: 'string', trackingCode: 'string' }),
  key: d => d.orderId,
});
export const ChargePayment = defineCommand('payment.charge', {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: d => d.orderId,
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), receipt: z.string() }),
    z.object({ ok: z.literal(false), code: z.enum(['declined', 'expired']) }),
  ]),
});
export const RefundPayment = defineCommand('payment.refund', { data: z.object({ orderId: z.string() }), keep: '30d' });

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T => true as T;
same<Equal<DataOf<typeof OrderPlaced>, { orderId: string; cents: number; currency: string }>>();
same<Equal<InputOf<typeof OrderPlaced>, { orderId: string; cents: number; currency?: string | undefined }>>();
same<Equal<DataOf<typeof OrderCancelled>, { orderId: string; reason: string }>>();
same<Equal<ReplyOf<typeof RefundPayment>, void | undefined>>();
same<Equal<MessageOf<typeof OrderShipped | typeof OrderPlaced>['type'], 'order.shipped' | 'order.placed'>>();
same<
  Equal<ReplyOf<typeof ChargePayment>, { ok: true; receipt: string } | { ok: false; code: 'declined' | 'expired' }>
>();
OrderPlaced({ orderId: '1', cents: 3 });

// @ts-expect-error -- wrong data
OrderPlaced({ orderId: 1, cents: 3 });
// @ts-expect-error -- missing field
OrderPlaced({ orderId: '1' });
// @ts-expect-error -- excess field
OrderPlaced({ orderId: '1', cents: 1, centz: 2 });
// @ts-expect-error -- a Date in the data
defineEvent('a.b', { data: z.object({ nested: z.object({ at: z.date() }) }), key: d => d.nested.at.toISOString() });
// @ts-expect-error -- a Map and a bigint in the data
defineEvent('a.c', { data: z.object({ m: z.map(z.string(), z.string()), b: z.bigint() }) });
// @ts-expect-error -- a transformation that does not accept its own output
defineEvent('a.d', { data: z.object({ n: z.string().transform(s => s.length) }), key: d => String(d.n) });
// @ts-expect-error -- a key of the wrong type
defineEvent('a.e', { data: z.object({ n: z.number() }), key: d => d.n });
// @ts-expect-error -- a key of an unknown field
defineEvent('a.f', { data: z.object({ n: z.string() }), key: d => d.m });
// @ts-expect-error -- not a schema
defineEvent('a.g', { data: { n: 'string' } });
// @ts-expect-error -- a reply on an event
defineEvent('a.h', { data: z.object({}), reply: z.object({}) });
// @ts-expect-error -- a Date in the reply
defineCommand('a.i', { data: z.object({}), reply: z.object({ at: z.date() }) });
// @ts-expect-error -- a misspelled option
defineCommand('a.j', { data: z.object({ n: z.string() }), keys: (_: unknown) => 'x' });
const DateText = v.object({
  at: v.pipe(
    v.string(),
    v.transform(s => new Date(s)),
  ),
});
// @ts-expect-error -- a transformation of valibot
defineEvent('a.k', { data: DateText });
// @ts-expect-error -- no data
defineEvent('a.l', { key: () => 'x' });
// @ts-expect-error -- wrong data of a command
ChargePayment({ orderId: 'x', cents: '1' });
// @ts-expect-error -- a malformed keep
defineEvent('a.m', { data: z.string(), keep: '30 days' });
// @ts-expect-error -- a contract does not change
OrderPlaced.version = 3;
