// Contract names: which type a name in the source stands for.
import { describe, expect, it } from 'vitest';
import { typeNamed, typeNamedExactly } from '../../src/hybrid/contract-names.ts';

const types = ['order.placed', 'order.cancelled', 'payment.charge', 'stock.ran-low', 'sms.sent'];

describe('the name of a contract', () => {
  it.each([
    ['OrderPlaced', 'order.placed'],
    ['PlacedOrder', 'order.placed'],
    ['ChargePayment', 'payment.charge'],
    ['orderPlacedEvent', 'order.placed'],
    ['ORDER_PLACED', 'order.placed'],
    ['StockRanLow', 'stock.ran-low'],
    ['SMSSent', 'sms.sent'],
    ['Charge', 'payment.charge'],
    ['ShopOrderPlaced', 'order.placed'],
  ])('stands for the type made of its words: %s', (name, type) => {
    expect(typeNamed(name, types)).toBe(type);
  });

  it.each(['e', 't1', 'Order', 'Event', ''])('stands for nothing where several or none fit: %j', name => {
    expect(typeNamed(name, types)).toBeUndefined();
  });

  it('prefers the type of exactly its words', () => {
    expect(typeNamed('OrderPlaced', ['order.placed', 'order.placed-again'])).toBe('order.placed');
  });

  it('asks for all words where it may stand for something else', () => {
    expect(typeNamedExactly('ChargePayment', types)).toBe('payment.charge');
    expect(typeNamedExactly('Charge', types)).toBeUndefined();
  });
});
