// impact: who must change, who hears other events, and which live instances are concerned.
import { setup } from 'xstate';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
  defineSchedule,
  expect as monitor,
  impact,
  renderImpact,
} from '../../src/index.ts';
import { createTestRuntime } from '../../src/testing/index.ts';

const byOrder = { data: z.object({ orderId: z.string() }), key: (d: { orderId: string }): string => d.orderId };
const Placed = defineEvent('order.placed', byOrder);
const Paid = defineEvent('order.paid', byOrder);
const Charge = defineCommand('payment.charge', byOrder);
const Score = defineCommand('risk.score', byOrder);
const Sweep = defineCommand('payment.sweep', byOrder);

const payments = defineActor('payments', { state: () => ({ open: true }), publishes: [Paid] })
  .on(Charge, (ctx, data) => {
    ctx.state.open = false;
    ctx.publish(Paid, data);
  })
  .on(Sweep, () => {});
const mail = defineActor('mail').on(Paid, () => {});
const checkout = defineSaga('checkout', {
  machine: setup({
    types: {} as { input: { orderId: string }; context: { orderId: string } },
    actors: { charge: command(Charge, { timeout: '1d' }) },
    delays: { rest: 86_400_000 },
  }).createMachine({
    id: 'checkout',
    context: ({ input }) => input,
    initial: 'resting',
    states: {
      resting: { after: { rest: 'charging' } },
      charging: {
        invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'done', onError: 'done' },
      },
      done: { type: 'final' },
    },
  }),
}).startsOn(Placed, data => data);
const schedules = [defineSchedule('nightly', Sweep, () => ({ orderId: 'all' }), { every: '1d' })];
const app = defineApp({ actors: [payments, mail], sagas: [checkout], schedules });

describe('impact', () => {
  it('names the saga and the schedule that lose the owner of a command, and who hears less', () => {
    expect(impact(app, { remove: payments }).touched).toEqual([
      { part: 'checkout', kind: 'saga', how: 'must-change', by: ['payment.charge'] },
      { part: 'mail', kind: 'actor', how: 'other-input', by: ['order.paid'] },
      { part: 'schedule nightly', kind: 'schedule', how: 'must-change', by: ['payment.sweep'] },
    ]);
  });

  it('says that a new subscriber touches nobody', () => {
    const audit = defineActor('audit').on(Paid, () => {});

    const { touched, addedEdges, unused } = impact(app, { add: audit });

    expect(touched).toEqual([]);
    expect(unused).toEqual([]);
    expect(addedEdges).toEqual([{ from: 'payments', to: 'audit', kind: 'event', type: 'order.paid' }]);
  });

  it('says that a new owner of a command is used by nobody yet', () => {
    const risk = defineActor('risk').on(Score, () => {});
    expect(impact(app, { add: risk })).toMatchObject({ touched: [], unused: ['risk.score'] });
  });

  it('says who hears more of a publisher that comes', () => {
    const other = defineActor('mail').on(Paid, () => {});
    const small = defineApp({ actors: [other] });
    expect(impact(small, { add: payments }).touched).toEqual(
      [
        { part: 'mail', kind: 'actor', how: 'other-input', by: ['order.paid'] },
        { part: 'outside', kind: 'outside', how: 'other-input', by: [] },
      ].slice(0, 1),
    );
  });

  it('compares the old and the new of a part that is replaced', () => {
    const slim = defineActor('payments', { publishes: [Paid] }).on(Charge, (ctx, data) => ctx.publish(Paid, data));

    const found = impact(app, { replace: payments, by: slim });

    expect(found.touched).toEqual([
      { part: 'schedule nightly', kind: 'schedule', how: 'must-change', by: ['payment.sweep'] },
    ]);
    expect(found.addedEdges).toEqual([]);
    expect(impact(app, { replace: payments, by: payments }).touched).toEqual([]);
  });

  it('names the monitors whose events lose their publisher', () => {
    const monitors = [monitor(Placed).leadsTo(Paid, { within: '2d', name: 'paid' })];
    const watched = defineApp({ actors: [payments, mail], sagas: [checkout], schedules, monitors });

    const found = impact(watched, { remove: payments });

    expect(found.touched.at(-1)).toEqual({
      part: 'expect paid',
      kind: 'monitor',
      how: 'other-input',
      by: ['order.paid'],
    });
    expect(renderImpact(found)).toContain('expect paid watches order.paid, whose publishers change');
    expect(impact(watched, { remove: mail }).touched).toEqual([]);
  });

  it('looks into modules', () => {
    const modular = defineApp({
      modules: [defineModule('billing', { actors: [payments], exposes: [Charge, Paid, Sweep] })],
      actors: [mail],
      sagas: [checkout],
    });
    const { touched } = impact(modular, { remove: payments });
    expect(touched.map(({ part, how }) => [part, how])).toEqual([
      ['checkout', 'must-change'],
      ['mail', 'other-input'],
      ['outside', 'must-change'],
    ]);
  });

  it('counts the instances of the part, and the sagas that may still command it', async () => {
    const t = await createTestRuntime(app);
    await t.publish(Placed, { orderId: '1' });
    await t.publish(Placed, { orderId: '2' });
    await t.advance('25h');
    await t.publish(Placed, { orderId: '3' });

    const { instances } = impact(app, { remove: payments }, t.instances());

    expect(instances).toEqual([
      { name: 'checkout', status: 'running', instances: 1, waiting: 1, as: 'sender' },
      { name: 'payments', status: null, instances: 2, waiting: 0, as: 'own' },
    ]);
    await t.stop();
  });

  it('counts what waits for an actor without state', async () => {
    const slow = defineActor('mail').on(
      Paid,
      () => {
        throw new Error('no mail server');
      },
      { retry: { attempts: 3, delay: '1h' } },
    );
    const t = await createTestRuntime(defineApp({ actors: [payments, slow] }));
    await t.send(Charge, { orderId: '1' });

    expect(t.instances()).toContainEqual({ name: 'mail', status: null, instances: 0, waiting: 1 });
    await t.stop();
  });

  it('refuses a part that the app does not have, or has already', () => {
    const stranger = defineActor('stranger').on(Paid, () => {});
    expect(() => impact(app, { remove: stranger })).toThrow(/stranger is not part of the app/);
    expect(() => impact(app, { add: payments })).toThrow(/the app has a payments/);
  });

  it('renders who must change first', () => {
    const text = renderImpact(
      impact(app, { remove: payments }, [{ name: 'payments', status: null, instances: 2, waiting: 1 }]),
    );
    expect(text.split('\n')).toEqual([
      'Removing payments. Must change: 2. Hear other events: 1.',
      '  saga checkout must change: it uses payment.charge',
      '  schedule nightly must change: it uses payment.sweep',
      '  actor mail no longer gets order.paid from payments',
      '  instances of payments: 2; messages, tasks and timers that wait for it: 1',
    ]);
  });
});
