import { expect, it } from 'vitest';
import { toCloudEvent, type Envelope } from '../../../src/runtime/message/envelope.ts';

const envelope: Envelope = {
  id: 'a1-7',
  position: 7,
  type: 'order.placed',
  version: 2,
  kind: 'event',
  key: '42',
  source: 'orders/42',
  correlationId: 'a1-1',
  causationId: 'a1-6',
  time: 1_774_749_600_123,
  hops: 1,
  headers: { traceparent: '00-1-2-01', tracestate: 'a=b', 'tenant-id': '7' },
  data: { orderId: '42' },
};

it('maps an envelope to a CloudEvents 1.0 object', () => {
  expect(toCloudEvent(envelope, { source: '/shop' })).toStrictEqual({
    specversion: '1.0',
    id: 'a1-7',
    source: '/shop',
    type: 'order.placed',
    time: '2026-03-29T02:00:00.123Z',
    subject: '42',
    datacontenttype: 'application/json',
    correlationid: 'a1-1',
    causationid: 'a1-6',
    traceparent: '00-1-2-01',
    tracestate: 'a=b',
    data: { orderId: '42' },
  });
});

it('leaves out what the envelope has not', () => {
  const event = toCloudEvent({ ...envelope, causationId: undefined, headers: {} }, { source: '/shop' });

  expect(Object.keys(event)).not.toEqual(expect.arrayContaining(['causationid']));
  expect('traceparent' in event || 'tracestate' in event || 'causationid' in event).toBe(false);
});

it('names attributes as CloudEvents demands: lower-case letters and digits, at most 20', () => {
  for (const name of Object.keys(toCloudEvent(envelope, { source: '/shop' }))) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
});
