// advise: the signals of a flow with their evidence, and what they recommend.
import { setup } from 'xstate';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  advise,
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  renderAdvice,
  type Actor,
  type Advice,
  type App,
} from '../../src/index.ts';
import { createTestRuntime } from '../../src/testing/index.ts';

const byOrder = { data: z.object({ orderId: z.string() }), key: (d: { orderId: string }): string => d.orderId };
const Placed = defineEvent('order.placed', byOrder);
const Reserved = defineEvent('stock.reserved', byOrder);
const Short = defineEvent('stock.short', byOrder);
const Charged = defineEvent('payment.charged', byOrder);
const Declined = defineEvent('payment.declined', byOrder);
const Shipped = defineEvent('parcel.shipped', byOrder);
const Reserve = defineCommand('stock.reserve', byOrder);
const Release = defineCommand('stock.release', byOrder);
const Charge = defineCommand('payment.charge', byOrder);
const CheckLimit = defineCommand('limit.check', { ...byOrder, reply: z.boolean() });

const mail = defineActor('mail').on(Placed, () => {});
const statistics = defineActor('statistics').on(Placed, () => {});

/** Publishes what it is given, on what it is given. */
const step = (name: string, on: typeof Placed | typeof Charged, then: typeof Reserved | typeof Shipped): Actor =>
  defineActor(name, { publishes: [then] }).on(on, (ctx, data) => ctx.publish(then, data)) as unknown as Actor;

function adviceOn(app: App, flow = 'order.placed'): Advice {
  const found = advise(app).find(advice => advice.flow === flow);
  if (!found) throw new Error(`no flow ${flow}`);
  return found;
}

const namesIn = ({ signals }: Advice): readonly string[] => signals.map(({ name }) => name);

/** Stock reserves, payments charges or declines, and a decline flows back to stock. */
function choreography(): App {
  const stock = defineActor('stock', { publishes: [Reserved, Short] })
    .on(Placed, (ctx, data) => ctx.publish(ctx.random() > 0 ? Reserved : Short, data))
    .on(Declined, () => {});
  const payments = defineActor('payments', { publishes: [Charged, Declined] }).on(Reserved, (ctx, data) =>
    ctx.publish(ctx.random() > 0 ? Charged : Declined, data),
  );
  const shipping = defineActor('shipping', { publishes: [Shipped] }).on(Charged, (ctx, data) =>
    ctx.publish(Shipped, data),
  );
  return defineApp({ actors: [stock, payments, shipping, mail] });
}

/** The same with a saga that undoes. */
function orchestration(...reactions: readonly Actor[]): App {
  const stock = defineActor('stock')
    .on(Reserve, () => {})
    .on(Release, () => {});
  const payments = defineActor('payments').on(Charge, () => {});
  const machine = setup({
    types: {} as { input: { orderId: string }; context: { orderId: string }; tags: 'compensate' },
    actors: {
      reserve: command(Reserve, { timeout: '1m', compensate: { send: Release, data: (_reply, data) => data } }),
      charge: command(Charge, { timeout: '1m' }),
    },
  }).createMachine({
    id: 'checkout',
    context: ({ input }) => input,
    initial: 'reserving',
    states: {
      reserving: {
        invoke: {
          id: 'reserve',
          src: 'reserve',
          input: ({ context }) => context,
          onDone: 'charging',
          onError: 'failed',
        },
      },
      charging: {
        invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'done', onError: 'failed' },
      },
      failed: { type: 'final', tags: 'compensate' },
      done: { type: 'final' },
    },
  });
  const checkout = defineSaga('checkout', { machine }).startsOn(Placed, data => data);
  return defineApp({ actors: [stock, payments, ...reactions], sagas: [checkout] });
}

describe('advise', () => {
  it('leaves independent reactions to one event as they are', () => {
    const advice = adviceOn(defineApp({ actors: [mail, statistics] }));

    expect(advice).toMatchObject({ style: 'choreographed', recommended: 'choreographed', confidence: 1 });
    expect(namesIn(advice)).toEqual(['self-contained-message', 'linear', 'one-direction', 'independent-reactions']);
    expect(advice.independent).toEqual(['mail:order.placed', 'statistics:order.placed']);
  });

  it('leaves a short line in one direction as it is', () => {
    const app = defineApp({ actors: [step('a', Placed, Reserved), step('b', Charged, Shipped)] });
    expect(advise(app)).toEqual([]);

    const line = defineApp({
      actors: [step('pay', Placed, Reserved), defineActor('ship').on(Reserved, () => {})],
    });
    expect(adviceOn(line)).toMatchObject({ style: 'choreographed', recommended: 'choreographed', confidence: 1 });
  });

  it('wants a saga for events that branch and flow back, and leaves to events what answers nobody', () => {
    const advice = adviceOn(choreography());

    expect(advice).toMatchObject({ style: 'choreographed', recommended: 'hybrid' });
    expect(namesIn(advice)).toContain('all-or-nothing');
    const evidence = new Map(advice.signals.map(({ name, evidence: lines }) => [name, lines]));
    expect(evidence.get('all-or-nothing')).toEqual([
      'stock:payment.declined comes back to stock, which has acted on order.placed',
    ]);
    expect(evidence.get('conditional-next-step')).toEqual([
      'payments:stock.reserved leads to payment.charged or payment.declined',
    ]);
    expect(advice.independent).toContain('mail:order.placed');
  });

  it('finds a saga right that waits and undoes', () => {
    const advice = adviceOn(orchestration());

    expect(advice).toMatchObject({ style: 'orchestrated', recommended: 'orchestrated', confidence: 1 });
    expect(advice.signals.find(({ name }) => name === 'all-or-nothing')?.evidence).toEqual([
      'checkout.reserving/reserve is undone by stock.release',
    ]);
  });

  it('finds a hybrid right whose reactions answer nobody', () => {
    expect(adviceOn(orchestration(mail as unknown as Actor))).toMatchObject({ style: 'hybrid', recommended: 'hybrid' });
  });

  it('sees a task that has to ask before it acts', () => {
    const limits = defineActor('limits').on(CheckLimit, () => true);
    const payments = defineActor('payments', { sends: [CheckLimit], publishes: [Charged] }).task(Placed, {
      run: async (ctx, data) => ctx.ask('limit', CheckLimit, data),
      done: (ctx, _ok, data) => ctx.publish(Charged, data),
    });
    const advice = adviceOn(defineApp({ actors: [limits, payments] }));

    expect(advice.signals.find(({ name }) => name === 'waits-for-results')?.evidence).toEqual([
      'payments:order.placed asks or sends limit.check',
    ]);
    expect(namesIn(advice)).not.toContain('self-contained-message');
  });

  it('changes nothing where the signals balance', () => {
    const stock = defineActor('stock').on(Reserve, () => {});
    const machine = setup({
      types: {} as { input: { orderId: string }; context: { orderId: string } },
      actors: { reserve: command(Reserve, { timeout: '1m' }) },
    }).createMachine({
      id: 'picking',
      context: ({ input }) => input,
      initial: 'reserving',
      states: {
        reserving: {
          invoke: { id: 'reserve', src: 'reserve', input: ({ context }) => context, onDone: 'done', onError: 'done' },
        },
        done: { type: 'final' },
      },
    });
    const picking = defineSaga('picking', { machine }).startsOn(Placed, data => data);

    // Waiting (2) against a line (1) in one direction (2): (3 - 2) / 5.
    expect(adviceOn(defineApp({ actors: [stock], sagas: [picking] }))).toMatchObject({
      style: 'orchestrated',
      recommended: 'orchestrated',
      confidence: 0.2,
    });
  });

  it('adds what traces have shown: how often, how deep, how many failures', async () => {
    let broken = 0;
    const shipping = defineActor('shipping').on(
      Reserved,
      () => {
        broken += 1;
        if (broken === 1) throw new Error('no van');
      },
      { retry: { attempts: 3 } },
    );
    const app = defineApp({ actors: [step('stock', Placed, Reserved), shipping] });
    const t = await createTestRuntime(app);
    const first = await t.publish(Placed, { orderId: '1' });
    const second = await t.publish(Placed, { orderId: '2' });
    await t.advance('1h');

    const [advice] = advise(app, [t.trace(first.correlationId), t.trace(second.correlationId)]);

    expect(advice?.observed).toEqual({
      conversations: 2,
      withFailures: 1,
      longestChain: 2,
      messages: { 'order.placed': 2, 'stock.reserved': 2 },
    });
    expect(advice?.signals.find(({ name }) => name === 'needs-central-monitoring')?.evidence).toEqual([
      '1 of 2 conversations had failures',
    ]);
    expect(advice && renderAdvice([advice])).toContain('seen 2 times, longest chain 2 messages');
    await t.stop();
  });

  it('renders the verdict first and every signal with its evidence', () => {
    expect(renderAdvice(advise(choreography()))).toMatchInlineSnapshot(`
      "order.placed: choreographed, would be better hybrid (confidence 0.25)
        conditional-next-step speaks for a saga
          payments:stock.reserved leads to payment.charged or payment.declined
        all-or-nothing speaks for a saga
          stock:payment.declined comes back to stock, which has acted on order.placed
        self-contained-message speaks for events
          what order.placed says is enough for everyone who reacts
        independent-reactions speaks for events
          mail:order.placed answers nobody
        leave to events: mail:order.placed"
    `);
  });
});
