import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent } from '../../../src/runtime/message/contract.ts';
import { toFrozenJson } from '../../../src/runtime/message/json.ts';
import { upcast } from '../../../src/runtime/message/upcaster.ts';

const data = z.object({ orderId: z.string(), cents: z.int(), currency: z.string() });
const OrderPlaced = defineEvent('order.placed', {
  data,
  version: 3,
  upcast: {
    1: (old: { id: string; euro: number }) => ({ orderId: old.id, cents: old.euro * 100 }),
    2: (old: { orderId: string; cents: number }) => ({ ...old, currency: 'EUR' }),
  },
});

describe('upcast', () => {
  it('runs the chain, then validates and freezes (K6)', () => {
    const current = upcast(OrderPlaced, 1, toFrozenJson({ id: '1', euro: 42 }, 'data'));

    expect(current).toEqual({ orderId: '1', cents: 4200, currency: 'EUR' });
    expect(Object.isFrozen(current)).toBe(true);
    expect(upcast(OrderPlaced, 2, { orderId: '1', cents: 1 })).toEqual({ orderId: '1', cents: 1, currency: 'EUR' });
  });

  it('returns data of the current version as it is, without validating it again (K6)', () => {
    const stored = toFrozenJson({ anything: 1 }, 'data');

    expect(upcast(OrderPlaced, 3, stored)).toBe(stored);
  });

  it('validates the result (K6)', () => {
    expect(() => upcast(OrderPlaced, 1, { id: '1', euro: 0.001 })).toThrow(
      expect.objectContaining({ code: 'invalid-message', message: expect.stringContaining('data.cents') }),
    );
  });

  it('says which step is missing', () => {
    const Later = defineEvent('order.placed', { data, version: 3, upcast: { 2: old => old } });

    expect(() => upcast(Later, 1, {})).toThrow(
      expect.objectContaining({
        code: 'upcaster-missing',
        message: expect.stringMatching(/order\.placed .*3.* version 1/),
      }),
    );
  });

  it('refuses a version from the future', () => {
    expect(() => upcast(OrderPlaced, 4, {})).toThrow(
      expect.objectContaining({ code: 'upcaster-missing', message: expect.stringMatching(/order\.placed .*4.*3/) }),
    );
    expect(() => upcast(OrderPlaced, Number.NaN, {})).toThrow(expect.objectContaining({ code: 'upcaster-missing' }));
  });

  it('wraps what a step throws', () => {
    const Broken = defineEvent('broken', {
      data: z.any(),
      version: 2,
      upcast: { 1: (old: { list: number[] }) => old.list.push(1) },
    });

    expect(() => upcast(Broken, 1, toFrozenJson({ list: [] }, 'data'))).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: expect.stringContaining('broken'),
        cause: expect.any(TypeError),
      }),
    );
  });

  it('refuses an asynchronous step', () => {
    const Slow = defineEvent('slow', { data: z.any(), version: 2, upcast: { 1: async old => old } });

    expect(() => upcast(Slow, 1, {})).toThrow(
      expect.objectContaining({ code: 'not-json', message: expect.stringContaining('a Promise') }),
    );
  });
});
