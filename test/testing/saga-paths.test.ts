// Paths through sagas as test cases: which ones are found, that a runtime takes them, and what is said when it does not.
import { assign, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { app as northwind } from '../../examples/northwind/app.ts';
import { AuthorizePayment, ChaseParcel, DispatchParcel, ReserveStock } from '../../examples/northwind/contracts.ts';
import { checkout as northwindCheckout } from '../../examples/northwind/sagas/checkout.ts';
import { delivery } from '../../examples/northwind/sagas/delivery.ts';
import {
  command,
  defineActor,
  defineApp,
  defineSaga,
  task,
  TroupeError,
  type DataOf,
  type MessageOf,
} from '../../src/index.ts';
import { createTestRuntime, measureCoverage, sagaPaths, type SagaPathsOptions } from '../../src/testing/index.ts';
import { app as shop, Charge, checkout, Reserve, Ship } from '../sagas/checkout.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';

type PathOptions = Omit<SagaPathsOptions, 'to' | 'distinguish'> & { readonly to?: 'confirmed' };

const down = new Error('down');
const placed = { orderId: '1', cents: 4_200 };
const cancelled = { orderId: '1', reason: 'changed my mind' };
const samples: PathOptions = {
  events: { 'order.placed': [placed], 'order.cancelled': [cancelled] },
  replies: [
    [Charge, [{ ok: true, receipt: 'r' }, { ok: false, code: 'declined' }, down]],
    [Reserve, [{ reservation: 'r' }, down]],
    [Ship, [{ trackingCode: 't' }, down]],
  ],
};

const titles = (options: PathOptions): readonly string[] => sagaPaths(checkout, options).map(({ title }) => title);

describe('the shortest paths of a checkout', () => {
  it('lead to every state once, and none is the start of another', () => {
    expect(titles(samples)).toEqual([
      'reaches rejected by order.placed, charge refused',
      'reaches paying.money.asking and paying.goods.reserved by order.placed, reserve ok',
      'reaches confirmed by order.placed, charge ok, reserve ok, ship ok',
    ]);
  });

  it('lead to the state that is asked for', () => {
    expect(titles({ ...samples, to: 'confirmed' })).toEqual([
      'reaches confirmed by order.placed, charge ok, reserve ok, ship ok',
    ]);
  });
});

describe.each(['shortest', 'simple', 'edges'] as const)('the %s paths', paths => {
  it('are the same at every call, with titles of their own', () => {
    const once = titles({ ...samples, paths });

    expect(titles({ ...samples, paths })).toEqual(once);
    expect(new Set(once).size).toBe(once.length);
  });

  it.each(sagaPaths(checkout, { ...samples, paths }))('of a checkout: $title', async ({ run }) => {
    await using t = await createTestRuntime(shop);
    await run(t);
  });
});

describe('the paths of Northwind', () => {
  const order = {
    orderId: 'A',
    sequence: 1,
    customerId: 'HUNGO',
    shipperId: '1',
    goodsCents: 1_000,
    freightCents: 100,
    isAddressed: true,
    pickup: 'prompt',
    lines: [{ productId: 'tea', units: 5 }],
  };
  const parcel = { parcelId: 'A-1', orderId: 'A', shipperId: '1', freightCents: 1, isAddressed: true, pickup: 'never' };
  const paths = [
    ...sagaPaths(northwindCheckout, {
      events: { 'order.placed': [order], 'order.held': [{ orderId: 'A' }], 'order.resumed': [{ orderId: 'A' }] },
      replies: [
        [ReserveStock, [{ ok: true }, { ok: false, code: 'sold-out' }]],
        [AuthorizePayment, [{ ok: true }, { ok: false, code: 'credit-limit' }]],
        [delivery, [{ reason: null }, down]],
      ],
      paths: 'edges',
    }),
    ...sagaPaths(delivery, {
      inputs: [parcel],
      events: { 'shipping.parcel-collected': [{ parcelId: 'A-1' }] },
      replies: [
        [
          DispatchParcel,
          [
            { ok: true, isCollected: true },
            { ok: true, isCollected: false },
            { ok: false, code: 'freight-limit' },
          ],
        ],
        [ChaseParcel, [{ ok: true }, { ok: false, code: 'not-collected' }]],
      ],
      paths: 'edges',
    }),
  ];

  it('exercise every state and every transition of both sagas', async () => {
    const coverage = measureCoverage(northwind);
    for (const { run } of paths) {
      await using t = await createTestRuntime(northwind, { coverage });
      await run(t);
    }

    const { states, transitions } = coverage.report();
    expect(paths).toHaveLength(49);
    expect(states).toEqual({ total: 21, covered: 21, percent: 100, missing: [] });
    expect(transitions).toEqual({ total: 18, covered: 18, percent: 100, missing: [] });
  });

  it('answer for the services, which never hear of it', async () => {
    const path = paths.find(({ title }) => title.startsWith('reaches shipped'));
    await using t = await createTestRuntime(northwind);
    await path?.run(t);

    expect(t.sent(ReserveStock)).toHaveLength(1);
    expect(t.deadLetters.list()).toEqual([]);
    expect(t.trace('A')).toBeDefined();
  });
});

const Begun = eventOf('job.begun');
const Nudged = eventOf('job.nudged');
const Ask = commandOf('job.ask');
const nothing = { key: 'a', n: 0, text: '' };
const asked = setup({
  types: {} as { input: DataOf<typeof Begun>; context: { n: number }; events: MessageOf<typeof Nudged> },
  actors: {
    look: task((): number => {
      throw new Error('the body runs');
    }),
    ask: command(Ask, { timeout: '1m', retry: { attempts: 2, delay: '10s' } }),
  },
}).createMachine({
  id: 'job',
  context: { n: 0 },
  initial: 'looking',
  states: {
    looking: { invoke: { id: 'look', src: 'look', onDone: 'asking', onError: 'blind' } },
    asking: {
      on: { 'job.nudged': { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      invoke: { id: 'ask', src: 'ask', input: () => nothing, onDone: 'resting', onError: 'alone' },
    },
    resting: {
      after: { 1000: 'done' },
      on: { 'job.nudged': { guard: ({ context }) => context.n > 1, target: 'woken' } },
    },
    blind: { type: 'final' },
    alone: { type: 'final' },
    woken: { type: 'final' },
    done: { type: 'final' },
  },
});
const job = defineSaga('job', { machine: asked, unhandled: 'stash' })
  .startsOn(Begun, data => data)
  .on(Nudged);
const clerk = defineActor('clerk').on(Ask, () => 1);
const office = defineApp({ actors: [clerk], sagas: [job] });
const jobSamples = {
  events: { 'job.begun': [nothing], 'job.nudged': [nothing] },
  replies: [[Ask, [1, down]]] as const,
  tasks: { look: [1, down] },
};

describe('paths of a machine with tasks, retries, timeouts and delays', () => {
  const all = sagaPaths(job, { ...jobSamples, paths: 'edges', distinguish: ({ n }) => Math.min(n, 2) });

  it('go through each of them', () => {
    const causes = new Set(all.flatMap(({ steps }) => steps.map(({ title }) => title)));
    expect([...causes].toSorted()).toEqual([
      'after 1000 ms',
      'ask again',
      'ask fails',
      'ask ok',
      'ask times out',
      'job.begun',
      'job.nudged',
      'look fails',
      'look ok',
    ]);
  });

  it.each(all)('are taken by a runtime: $title', async ({ run }) => {
    await using t = await createTestRuntime(office, { seed: 7 });
    await run(t);
  });
});

describe('paths of a machine that puts messages aside', () => {
  const Opened = eventOf('door.opened');
  const machine = setup({
    types: {} as { input: DataOf<typeof Begun>; events: MessageOf<typeof Nudged | typeof Opened> },
  }).createMachine({
    id: 'door',
    initial: 'shut',
    states: {
      shut: { on: { 'job.nudged': { guard: () => false, target: 'passed' }, 'door.opened': 'open' } },
      open: { on: { 'job.nudged': 'passed' } },
      passed: { type: 'final' },
    },
  });
  const door = defineSaga('door', { machine, unhandled: 'stash' })
    .startsOn(Begun, data => data)
    .on(Nudged)
    .on(Opened);
  const events = { 'job.begun': [nothing], 'job.nudged': [nothing], 'door.opened': [nothing] };
  const all = sagaPaths(door, { events, paths: 'simple' });

  it('take them back when the state changes', () => {
    expect(all.map(({ title }) => title)).toEqual([
      'reaches passed by job.begun, job.nudged, door.opened',
      'reaches passed by job.begun, door.opened, job.nudged',
    ]);
  });

  it.each(all)('are taken by a runtime: $title', async ({ run }) => {
    await using t = await createTestRuntime(defineApp({ sagas: [door] }));
    await run(t);
  });
});

describe('a path that the runtime does not take', () => {
  it('says at which step of which path, what was expected and what happened', async () => {
    let calls = 0;
    const fickle = setup({
      types: {} as { input: DataOf<typeof Begun>; events: MessageOf<typeof Nudged> },
    }).createMachine({
      id: 'fickle',
      initial: 'waiting',
      states: {
        waiting: { on: { 'job.nudged': [{ guard: () => calls === 0, target: 'left' }, { target: 'right' }] } },
        left: { type: 'final' },
        right: { type: 'final' },
      },
    });
    const saga = defineSaga('fickle', { machine: fickle })
      .startsOn(Begun, data => data)
      .on(Nudged);
    const [path] = sagaPaths(saga, { events: { 'job.begun': [nothing], 'job.nudged': [nothing] } });
    calls += 1;
    await using t = await createTestRuntime(defineApp({ sagas: [saga] }), { seed: 3 });

    await expect(path?.run(t)).rejects.toThrow(
      expect.objectContaining({
        code: 'path-differs',
        message: expect.stringMatching(
          /^fickle\/a differs at step 2, job\.nudged, of the path that reaches left by job\.begun, job\.nudged: the machine is done in "left", but the saga is done in "right"\.\nseed 3\n/,
        ),
      }),
    );
  });

  it('is told by the status, too', async () => {
    const path = sagaPaths(job, { ...jobSamples, paths: 'edges' }).find(({ title }) => title.endsWith('job.nudged'));
    await using t = await createTestRuntime(office);
    t.fail({ of: job, on: Nudged }, new TroupeError('handler-failed', 'no'));

    await expect(path?.run(t)).rejects.toThrow('the machine is running in "asking", but the saga is held in "asking".');
  });

  it('is refused where the instance is there already', async () => {
    const [path] = sagaPaths(checkout, samples);
    await using t = await createTestRuntime(shop);
    await path?.run(t);

    await expect(path?.run(t)).rejects.toThrow('There is a checkout/1 already. Run each path on a test runtime');
  });

  it('is refused a runtime that is no test runtime', async () => {
    const [path] = sagaPaths(checkout, samples);

    expect(() => path?.run({} as never)).toThrow('This is no test runtime. Pass what createTestRuntime returned.');
  });

  it('hears nothing but what the path says', async () => {
    const busybody = defineActor('busybody', { publishes: [Nudged] }).on(Begun, (ctx, data) => {
      ctx.publish(Nudged, data);
    });
    const paths = sagaPaths(job, { ...jobSamples, to: 'done' });
    await using t = await createTestRuntime(defineApp({ actors: [clerk, busybody], sagas: [job] }));
    await paths[0]?.run(t);

    expect(t.published(Nudged)).toHaveLength(1);
    expect(t.saga(job, 'a').context).toEqual({ n: 0 });
  });
});

describe('sagaPaths', () => {
  it('takes no more paths than the limit', () => {
    expect(sagaPaths(checkout, { ...samples, paths: 'simple', limit: 3 })).toHaveLength(3);
  });

  it('lets what is not sampled only fail', () => {
    expect(titles({ events: samples.events, paths: 'simple' }).filter(title => title.includes(' ok'))).toEqual([]);
  });

  it('tells samples of one kind apart', () => {
    const receipts = ['r', 's'].map(receipt => ({ ok: true, receipt }));
    const found = titles({ ...samples, replies: [[Charge, receipts]], paths: 'edges' });

    expect(found.filter(title => title.includes('charge ok #2'))).toHaveLength(1);
  });

  const start = { 'order.placed': [placed] };
  it.each<[string, object]>([
    ["sagaPaths(checkout) has no option 'sample'. Use events,", { sample: 1 }],
    ['sagaPaths(checkout): paths is longest. Use shortest, simple, edges.', { events: start, paths: 'longest' }],
    ['sagaPaths(checkout): limit is 0. Use a whole number from 1.', { events: start, limit: 0 }],
    ['has no sample that starts an instance. Add data of order.placed to events.', { events: {} }],
    ['takes no order.lost. Give samples of order.placed, order.cancelled.', { events: { 'order.lost': [{}] } }],
    ["needs events['order.placed'] to be a list. Write [ … ].", { events: { 'order.placed': placed } }],
    ['sample 2 of order.placed does not fit: ', { events: { 'order.placed': [placed, { orderId: 1 }] } }],
    [
      "has a sample of order.cancelled for '2', not for '1'. Give all the same key.",
      { events: { ...start, 'order.cancelled': [{ ...cancelled, orderId: '2' }] } },
    ],
    ['never sends job.ask. Drop its replies.', { events: start, replies: [[Ask, []]] }],
    ['never sends delivery. Drop its replies.', { events: start, replies: [[delivery, []]] }],
    ['sample 1 of payment.charge does not fit: ', { events: start, replies: [[Charge, [{ ok: 1 }]]] }],
    ['has no task charge. Drop it.', { events: start, tasks: { charge: [] } }],
    ['finds no path to "confirmed" with these samples.', { events: start, to: 'confirmed' }],
  ])('refuses with: %s', (message, options) => {
    expect(() => sagaPaths(checkout, options)).toThrow(
      expect.objectContaining({ code: 'invalid-options', message: expect.stringContaining(message) }),
    );
  });

  it('refuses what is no saga', () => {
    expect(() => sagaPaths(clerk as never, {})).toThrow('sagaPaths needs a saga. Pass what defineSaga returned.');
  });

  it('needs a reply to a command that undoes a step and owes one', () => {
    const Other = commandOf('job.other');
    const machine = setup({
      types: {} as { input: DataOf<typeof Begun> },
      actors: { ask: command(Ask, { compensate: { send: Other, data: () => nothing } }) },
    }).createMachine({
      id: 'undone',
      initial: 'asking',
      states: {
        asking: { invoke: { id: 'ask', src: 'ask', input: () => nothing, onDone: 'failed', onError: 'failed' } },
        failed: { type: 'final', tags: 'compensate' },
      },
    });
    const saga = defineSaga('undone', { machine }).startsOn(Begun, data => data);
    const events = { 'job.begun': [nothing] };

    expect(() => sagaPaths(saga, { events, replies: [[Ask, [1]]] })).toThrow(
      'has no reply to job.other, which undoes a step. Add one to replies.',
    );
    expect(
      sagaPaths(saga, {
        events,
        replies: [
          [Ask, [1]],
          [Other, [2]],
        ],
      }).map(({ title }) => title),
    ).toEqual(['reaches failed by job.begun, ask ok']);
  });

  it('gives up on a machine that has no end of states', () => {
    const options = { ...jobSamples, distinguish: ({ n }: { readonly n: number }) => n };

    expect(() => sagaPaths(job, options)).toThrow('Give fewer samples, or distinguish less of the context.');
  });
});
