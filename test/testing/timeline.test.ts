// The timeline of a run: which conversations share a diagram, and what it says about time.
import { describe, expect, it } from 'vitest';
import { createTestRuntime } from '../../src/testing/index.ts';
import { app, ChargePayment, OrderCancelled, OrderPlaced } from './shop.ts';

const setup = () => createTestRuntime(app, { now: '2026-01-01' });
const order = { orderId: '1', cents: 4200 };
const diagrams = (text: string): string[] => text.split('\n\n').slice(1);

describe('timeline', () => {
  it('draws conversations that meet at an address in one diagram, titled with what began them', async () => {
    await using t = await setup();
    const held = t.hold(ChargePayment);
    await t.publish(OrderPlaced, order);
    await t.advance('1m');
    await t.publish(OrderCancelled, { orderId: '1' });
    await held.release();
    const [diagram = '', ...others] = diagrams(t.timeline());
    expect(others).toEqual([]);
    expect(diagram).toMatch(
      /: order\.placed 1 at 2026-01-01T00:00:00\.000Z\n.*: order\.cancelled 1 at 2026-01-01T00:01:00/,
    );
    expect(diagram.indexOf('payment.charge')).toBeLessThan(diagram.indexOf('order.cancelled  -'));
  });

  it('draws conversations that never meet apart', async () => {
    await using t = await setup();
    t.stub(ChargePayment, () => ({ ok: false, code: 'declined' }));
    await t.publish(OrderPlaced, order);
    await t.publish(OrderPlaced, { ...order, orderId: '2' });
    expect(diagrams(t.timeline())).toHaveLength(2);
  });

  it('joins diagrams once a later conversation has met both', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.publish(OrderPlaced, { ...order, orderId: '2' });
    // Both were charged, and the books have one instance for all.
    expect(diagrams(t.timeline())).toHaveLength(1);
  });

  it('says when a message was taken, where it waited for more than a second', async () => {
    await using t = await setup();
    const held = t.hold(ChargePayment);
    await t.publish(OrderPlaced, order);
    await t.advance('3s');
    await held.release();
    expect(t.timeline()).toContain('takes payment.charge, which waited 3 s');
  });

  it('reaches back over all of virtual time, whatever a database in production keeps', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.advance('365d');
    expect(t.timeline()).toContain('order.confirmed');
  });

  it('lets an assertion fail for its own reason where the runtime was stopped', async () => {
    const t = await setup();
    await t.publish(OrderPlaced, order);
    await t.stop();
    expect(t.timeline()).toBe('seed 1\n\n(the runtime was stopped: nothing can be drawn any more)');
  });
});
