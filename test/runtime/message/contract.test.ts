import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  acceptsOwnOutput,
  checkData,
  checkReply,
  defineCommand,
  defineEvent,
  defineReservedCommand,
  defineReservedEvent,
  keyOf,
} from '../../../src/runtime/message/contract.ts';

const OrderPlaced = defineEvent('order.placed', {
  data: z.object({ orderId: z.string(), cents: z.int(), currency: z.string().default('EUR') }),
  key: data => data.orderId,
});
const ChargePayment = defineCommand('payment.charge', {
  data: z.object({ orderId: z.string() }),
  key: data => data.orderId,
  reply: z.object({ receipt: z.string() }),
});
const order = { orderId: '1', cents: 4200 };
const invalid = expect.objectContaining({ code: 'invalid-message' });

/** A schema that answers with what `validate` returns. */
function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

describe('a contract', () => {
  it('makes frozen messages with the output of its schema', () => {
    const message = OrderPlaced(order);

    expect(message).toEqual({ type: 'order.placed', data: { ...order, currency: 'EUR' } });
    expect(Object.isFrozen(message) && Object.isFrozen(message.data)).toBe(true);
  });

  it('carries what was defined, and the defaults', () => {
    expect({ ...OrderPlaced }).toMatchObject({
      type: 'order.placed',
      kind: 'event',
      version: 1,
      upcast: {},
      sensitive: [],
    });
    expect(OrderPlaced.reply).toBeUndefined();
    expect(OrderPlaced.owner).toBeUndefined();
    expect(OrderPlaced.keep).toBeUndefined();
    expect(OrderPlaced.name).toBe('order.placed');
    expect(ChargePayment.reply).toBeDefined();
    const options = { data: z.string(), sensitive: ['email'], owner: 'team-a', keep: '30d', version: 3 } as const;
    const { data, ...rest } = options;
    expect({ ...defineEvent('a', options) }).toMatchObject({ ...rest, schema: data });
  });

  it('does not change', () => {
    expect(() => Object.assign(OrderPlaced, { version: 2 })).toThrow(TypeError);
  });
});

describe('checkData', () => {
  it('validates once, when the message is made (K6)', () => {
    let runs = 0;
    const Counted = defineEvent('counted', {
      data: schemaOf(value => {
        runs++;
        return { value };
      }),
    });
    runs = 0;

    checkData(Counted, { a: 1 });

    expect(runs).toBe(1);
  });

  it.each([
    ['zod', z.object({ lines: z.array(z.object({ sku: z.string() })) })],
    ['valibot', v.object({ lines: v.array(v.object({ sku: v.string() })) })],
    ['arktype', type({ lines: type({ sku: 'string' }).array() })],
  ])('names contract, path and problem, never the value: %s', (_, data) => {
    const Order = defineEvent('order.placed', { data: data as StandardSchemaV1<unknown, never> });

    expect(() => checkData(Order, { lines: [{ sku: 'a' }, { sku: 31_337 }] })).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: expect.stringMatching(/^order\.placed is not valid: data\.lines\[1\]\.sku: (?!.*31_?337).+/),
      }),
    );
  });

  it('shows five issues and counts the rest', () => {
    const Many = defineEvent('many', { data: z.array(z.string()) });

    expect(() => checkData(Many, Array(8).fill(1))).toThrow(/data\[4\]: .*; and 3 more$/);
  });

  it('refuses an output that is not JSON (K5)', () => {
    const Loose = defineEvent('loose', { data: z.any() });

    expect(() => checkData(Loose, { at: new Date(0) })).toThrow(
      expect.objectContaining({ code: 'not-json', message: expect.stringContaining('data.at is a Date') }),
    );
  });

  it('refuses an asynchronous answer, and leaves no unhandled rejection', () => {
    const Late = defineEvent('late', {
      data: schemaOf(value => (value === undefined ? { issues: [] } : Promise.reject(new Error('later')))),
    });

    expect(() => checkData(Late, 1)).toThrow(expect.objectContaining({ code: 'async-schema' }));
    expect(() => checkData(defineEvent('x', { data: z.string().refine(async () => true) }), 'a')).toThrow(
      expect.objectContaining({ code: 'async-schema' }),
    );
  });

  it('wraps what a schema throws', () => {
    const cause = new Error('broken');
    const Broken = defineEvent('broken', {
      data: schemaOf(() => {
        throw cause;
      }),
    });

    expect(() => checkData(Broken, 1)).toThrow(expect.objectContaining({ code: 'invalid-message', cause }));
  });
});

describe('checkReply', () => {
  it('validates and freezes a reply', () => {
    const reply = checkReply(ChargePayment, { receipt: 'r1', surplus: 1 });

    expect(reply).toEqual({ receipt: 'r1' });
    expect(Object.isFrozen(reply)).toBe(true);
    expect(() => checkReply(ChargePayment, { receipt: 7 })).toThrow(/^payment\.charge is not valid: reply\.receipt: /);
    expect(() => checkReply(ChargePayment, undefined)).toThrow(invalid);
  });

  it('gives undefined where no reply is declared, and refuses one for a command', () => {
    const Refund = defineCommand('payment.refund', { data: z.string() });

    expect(checkReply(Refund, undefined)).toBeUndefined();
    expect(checkReply(OrderPlaced, 7)).toBeUndefined();
    expect(() => checkReply(Refund, 7)).toThrow(invalid);
    expect(() => checkReply(Refund, null)).toThrow(invalid);
  });

  it('gives undefined where the schema accepts it', () => {
    const Maybe = defineCommand('maybe', { data: z.string(), reply: z.string().optional() });

    expect(checkReply(Maybe, undefined)).toBeUndefined();
    expect(checkReply(Maybe, 'a')).toBe('a');
  });
});

describe('keyOf', () => {
  it('asks the contract, and takes default where it has no key', () => {
    expect(keyOf(OrderPlaced, { ...order, currency: 'EUR' })).toBe('1');
    expect(keyOf(defineEvent('a', { data: z.string() }), 'x')).toBe('default');
  });

  it.each<unknown>(['', 'x'.repeat(257), 'a\n', '\ud800', 7, undefined, null, Promise.resolve('a')])(
    'refuses the key %j',
    key => {
      const Keyed = defineEvent('keyed', { data: z.any(), key: () => key as string });

      expect(() => keyOf(Keyed, {})).toThrow(
        expect.objectContaining({ code: 'invalid-message', message: expect.stringContaining('keyed') }),
      );
    },
  );

  it('names the contract when its key function throws (K14)', () => {
    const Keyed = defineEvent('keyed', { data: z.any(), key: (data: { a: { b: string } }) => data.a.b });

    expect(() => keyOf(Keyed, {})).toThrow(
      expect.objectContaining({ message: expect.stringContaining('keyed'), cause: expect.any(TypeError) }),
    );
  });
});

describe('acceptsOwnOutput', () => {
  it('is silent when the schema leaves its output alone (K6)', () => {
    expect(() => acceptsOwnOutput(OrderPlaced, checkData(OrderPlaced, order))).not.toThrow();
  });

  it('explains a schema that refuses its own output (K6)', () => {
    const Length = defineEvent('length', {
      data: z.string().transform(text => text.length) as unknown as z.ZodType<number, number>,
    });

    expect(() => acceptsOwnOutput(Length, 3)).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: expect.stringMatching(/length refuses .* its own output/),
      }),
    );
  });

  it('explains a schema that changes its own output (K6)', () => {
    const Cents = defineEvent('cents', { data: z.number().transform(euro => euro * 100) });

    expect(() => acceptsOwnOutput(Cents, 300)).toThrow(/cents changes its own output/);
  });
});

describe('a definition', () => {
  const data = z.object({ a: z.string() });
  const define = (name: unknown, options: unknown): unknown =>
    defineEvent(name as string, options as { data: typeof data });
  const wrong = expect.objectContaining({ code: 'invalid-definition' });

  it.each([
    'a',
    'order.placed',
    'a_b.c-D.9',
    Array(16).fill('a').join('.'),
    'x'.repeat(64),
    'my.troupe.x',
    'troupes.x',
  ])('accepts the type %s', name => {
    expect(define(name, { data })).toBeDefined();
  });

  it.each<unknown>([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a/b',
    'ä',
    'a.*',
    '#',
    'x'.repeat(65),
    Array(17).fill('a').join('.'),
    7,
    undefined,
  ])('refuses the type %s', name => {
    expect(() => define(name, { data })).toThrow(wrong);
  });

  it.each(['troupe.fault', 'xstate.init', 'xstate', 'troupe', '__proto__', 'constructor', 'prototype.a'])(
    'refuses the reserved type %s',
    name => {
      expect(() => define(name, { data })).toThrow(expect.objectContaining({ code: 'reserved-type' }));
    },
  );

  it('lets the library define its own types', () => {
    expect(defineReservedEvent('troupe.fault', { data })({ a: 'x' })).toEqual({
      type: 'troupe.fault',
      data: { a: 'x' },
    });
    expect(defineReservedCommand('troupe.wake', { data }).kind).toBe('command');
  });

  it.each<[string, unknown]>([
    ['no options', undefined],
    ['no schema', {}],
    ['something that is no schema', { data: { a: 'string' } }],
    ['a schema without validate', { data: { '~standard': {} } }],
    ['an unknown option', { data, keys: () => 'x' }],
    ['a reply on an event', { data, reply: data }],
    ['a key that is no function', { data, key: 'a' }],
    ['version 0', { data, version: 0 }],
    ['version 1.5', { data, version: 1.5 }],
    ["version '2'", { data, version: '2' }],
    ['sensitive that is no list', { data, sensitive: 'a' }],
    ['an empty sensitive path', { data, sensitive: [''] }],
    ['an empty owner', { data, owner: '' }],
    ['an upcast that is no object', { data, version: 2, upcast: () => 1 }],
    ['an upcast step that is no function', { data, version: 2, upcast: { 1: 'x' } }],
    ['an upcast step from the current version', { data, version: 2, upcast: { 1: () => 1, 2: () => 1 } }],
    ['an upcast step from version 0', { data, version: 2, upcast: { 0: () => 1, 1: () => 1 } }],
    ['an upcast step from a word', { data, version: 2, upcast: { one: () => 1 } }],
    ['a gap in the upcast chain', { data, version: 4, upcast: { 1: () => 1, 3: () => 1 } }],
    ['an upcast chain that ends early', { data, version: 4, upcast: { 1: () => 1, 2: () => 1 } }],
  ])('refuses %s, naming the contract', (_, options) => {
    expect(() => define('order.placed', options)).toThrow(
      expect.objectContaining({
        code: 'invalid-definition',
        message: expect.stringMatching(/^order\.placed .+\. .+\.?$/),
      }),
    );
  });

  it('refuses a malformed keep', () => {
    expect(() => define('a', { data, keep: '1w' })).toThrow(expect.objectContaining({ code: 'invalid-duration' }));
  });

  it('accepts an upcast chain that begins at any version', () => {
    expect(define('a', { data, version: 4, upcast: { 2: () => 1, 3: () => 1 } })).toBeDefined();
    expect(define('a', { data, version: 4 })).toBeDefined();
  });

  it('refuses a schema that is always asynchronous', async () => {
    expect(() => define('a', { data: schemaOf(() => Promise.reject(new Error('later'))) })).toThrow(
      expect.objectContaining({ code: 'async-schema' }),
    );
    await Promise.resolve();
  });
});
