// Modules: private contracts are refused at the start, and each module says what it needs and what a split would change.
import { setup } from 'xstate';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  check,
  command,
  createRuntime,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
  defineSchedule,
  describeModules,
  expect as monitor,
  extract,
  renderExtract,
  renderModules,
  saga,
  type Actor,
  type AppOptions,
  type ExtractCode,
  type Module,
  type Saga,
} from '../../src/index.ts';

const about = { data: z.object({ id: z.string() }), key: ({ id }: { id: string }): string => id };
const OrderPlaced = defineEvent('order.placed', about);
const PaymentCharged = defineEvent('payment.charged', about);
const LedgerWritten = defineEvent('ledger.written', about);
const ChargePayment = defineCommand('payment.charge', { ...about, reply: z.object({ ok: z.boolean() }) });
const AuditPayment = defineCommand('payment.audit', about);

const as = (actor: unknown): Actor => actor as Actor;
const cards = as(
  defineActor('cards', { publishes: [PaymentCharged, LedgerWritten] })
    .on(ChargePayment, (ctx, charge) => {
      ctx.publish(PaymentCharged, charge);
      ctx.publish(LedgerWritten, charge);
      return { ok: true };
    })
    .on(AuditPayment, () => {}),
);
const ledger = as(defineActor('ledger', { sql: true, single: true }).on(LedgerWritten, () => {}));
const billing = defineModule('billing', { actors: [cards, ledger], exposes: [ChargePayment, PaymentCharged] });

const machine = setup({
  types: {} as { input: { id: string }; context: { id: string } },
  actors: { charge: command(ChargePayment) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'over', onError: 'over' },
    },
    over: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, order => order) as unknown as Saga;
const sales = defineModule('sales', { sagas: [checkout] });

const refusal = async (options: AppOptions): Promise<unknown> =>
  createRuntime(defineApp(options), { database: ':memory:' }).then(
    runtime => runtime.stop(),
    (error: unknown) => error,
  );

const outside = (name: string, make: (actor: Actor) => unknown, options: object = {}): Actor =>
  as(make(as(defineActor(name, options))));

describe('a private contract', () => {
  const listener = outside('mail', actor => actor.on(LedgerWritten, () => {}));

  it('is refused at the start, with who uses it and what to do', async () => {
    expect(await refusal({ actors: [listener], modules: [billing] })).toMatchObject({
      code: 'private-contract',
      message:
        'mail handles ledger.written, which is private to the module billing. Add ledger.written to exposes of ' +
        'billing, use a contract that it exposes, or move mail into the module.',
    });
  });

  it('is found by check, with the same words', () => {
    const { findings, passed } = check(defineApp({ actors: [listener], modules: [billing] }));

    expect(passed).toBe(false);
    expect(findings).toMatchObject([
      {
        code: 'TR170',
        level: 'error',
        problem: 'mail handles ledger.written, which is private to the module billing.',
        way: [
          { at: 'mail', does: 'handles', what: 'ledger.written' },
          { at: 'cards', does: 'is in', what: 'billing' },
        ],
        parts: ['mail', 'cards', 'billing'],
        about: ['ledger.written'],
      },
    ]);
  });

  it.each<[string, AppOptions]>([
    [
      'an actor that sends it',
      { actors: [outside('a', actor => actor.on(OrderPlaced, () => {}), { sends: [AuditPayment] })] },
    ],
    [
      'a handler that sends it',
      { actors: [outside('a', actor => actor.on(OrderPlaced, () => {}, { sends: [AuditPayment] } as never))] },
    ],
    ['a subscriber of another module', { modules: [defineModule('mailing', { actors: [listener] })] }],
    ['a pattern that is its name', { actors: [outside('a', actor => actor.onAny('ledger.written', () => {}))] }],
    ['a saga that starts on it', { sagas: [startsOn(LedgerWritten)] }],
    ['a monitor', { monitors: [monitor(LedgerWritten).leadsTo(OrderPlaced, { within: '1d' })] }],
    ['a schedule', { schedules: [defineSchedule('nightly', AuditPayment, () => ({ id: '1' }), { every: '1d' })] }],
  ])('is refused for %s', async (_, { modules = [], ...options }) => {
    expect(await refusal({ ...options, modules: [billing, ...modules] })).toMatchObject({ code: 'private-contract' });
  });

  it('is not to be had by starting a saga of the module as a child', async () => {
    const inner = defineSaga('refunding', { machine }) as unknown as Saga;
    const parent = setup({ actors: { child: saga(inner, { timeout: '1d' }) } }).createMachine({
      id: 'parent',
      initial: 'first',
      states: {
        first: { invoke: { id: 'child', src: 'child', input: { id: '1' } as never, onDone: 'over', onError: 'over' } },
        over: { type: 'final' },
      },
    });
    const starter = defineSaga('starter', { machine: parent }).startsOn(
      OrderPlaced,
      () => undefined,
    ) as unknown as Saga;
    const options = {
      sagas: [starter],
      modules: [billing, defineModule('refunds', { sagas: [inner] })],
    };

    expect(await refusal(options)).toMatchObject({
      code: 'private-contract',
      message: expect.stringMatching(
        /starter starts the saga refunding, which is private to the module refunds\. Start it/u,
      ),
    });
  });

  it('is for every part of its own module, for patterns, and for code at the edge', async () => {
    const auditor = outside('audit', actor => actor.onAny('#', () => {}));
    const app = defineApp({ actors: [auditor], modules: [billing, sales] });
    await using runtime = await createRuntime(app, { database: ':memory:' });

    await runtime.send(AuditPayment, { id: '1' });
    await runtime.publish(LedgerWritten, { id: '1' });

    expect(check(app).findings.filter(({ code }) => code === 'TR170')).toEqual([]);
  });

  it('that a task asks for is only possible: nobody declares what tasks ask', () => {
    const asker = outside('asker', actor =>
      actor.task(OrderPlaced, async ctx => ctx.ask('audit', AuditPayment, { id: '1' })),
    );
    const { findings } = check(defineApp({ actors: [asker], modules: [billing] }));

    expect(findings).toMatchObject([
      { code: 'TR170', level: 'warning', way: [{ at: 'asker', does: 'asks', what: 'payment.audit' }, {}] },
    ]);
  });

  it('of nobody is for everybody: an event that comes from outside belongs to no module', async () => {
    const both = [
      billing,
      sales,
      defineModule('mailing', { actors: [outside('m', actor => actor.on(OrderPlaced, () => {}))] }),
    ];

    expect(await refusal({ modules: both })).toBeUndefined();
  });
});

describe('defineModule', () => {
  it('takes no name twice in one app', async () => {
    const twin = defineModule('billing', { actors: [outside('other', actor => actor.on(OrderPlaced, () => {}))] });

    expect(await refusal({ modules: [billing, twin] })).toMatchObject({
      code: 'duplicate-name',
      message: 'Two modules are named billing. Rename one, or make them one module.',
    });
  });

  it('exposes nothing that belongs to another', async () => {
    const thief = defineModule('sales', { sagas: [checkout], exposes: [ChargePayment] });

    expect(await refusal({ modules: [billing, thief] })).toMatchObject({
      code: 'invalid-definition',
      message: expect.stringContaining('The module sales exposes payment.charge, which belongs to billing.'),
    });
  });
});

describe('what a module exposes', () => {
  const exposing = (...exposes: readonly (typeof AuditPayment | typeof OrderPlaced)[]): AppOptions => ({
    modules: [defineModule('sales', { actors: [outside('a', actor => actor.on(OrderPlaced, () => {}))], exposes })],
  });

  it('is no command that nobody handles', async () => {
    expect(await refusal(exposing(AuditPayment))).toMatchObject({
      code: 'invalid-definition',
      message:
        'The module sales exposes payment.audit, which no part of the app handles. A module exposes what its own ' +
        'parts handle or publish.',
    });
  });

  it('may be an event of nobody: it comes from outside', async () => {
    expect(await refusal(exposing(OrderPlaced))).toBeUndefined();
  });
});

describe('describeModules', () => {
  const app = defineApp({ modules: [sales, billing] });

  it('says what each module publishes, handles, hides and needs, and what its seam is', () => {
    expect(describeModules(app)).toEqual([
      {
        name: 'billing',
        actors: ['cards', 'ledger'],
        sagas: [],
        publishes: ['ledger.written', 'payment.charged'],
        handles: ['payment.audit', 'payment.charge'],
        exposes: ['payment.charge', 'payment.charged'],
        private: ['ledger.written', 'payment.audit'],
        needs: [],
        sql: ['ledger'],
        seam: [
          { type: 'payment.audit', kind: 'command', direction: 'in', inside: ['cards'], others: ['outside'] },
          { type: 'payment.charge', kind: 'command', direction: 'in', inside: ['cards'], others: ['checkout'] },
        ],
      },
      {
        name: 'sales',
        actors: [],
        sagas: ['checkout'],
        publishes: [],
        handles: [],
        exposes: [],
        private: [],
        needs: [
          { what: 'order.placed', kind: 'event', from: 'outside', by: ['checkout'] },
          { what: 'payment.charge', kind: 'command', from: 'billing', by: ['checkout'] },
        ],
        sql: [],
        seam: [
          { type: 'order.placed', kind: 'event', direction: 'in', inside: ['checkout'], others: ['outside'] },
          { type: 'payment.charge', kind: 'command', direction: 'out', inside: ['checkout'], others: ['cards'] },
        ],
      },
    ]);
  });

  it('does not count what a pattern sees of private events as part of the seam', () => {
    const auditor = outside('audit', actor => actor.onAny('#', () => {}));
    const [report] = describeModules(defineApp({ actors: [auditor], modules: [billing] }));

    expect(report?.seam.filter(({ direction }) => direction === 'out')).toEqual([
      { type: 'payment.charged', kind: 'event', direction: 'out', inside: ['cards'], others: ['audit'] },
    ]);
  });

  it('renders as text', () => {
    expect(renderModules(describeModules(app))).toBe(
      [
        'module billing',
        '  parts: cards, ledger',
        '  publishes: ledger.written (private), payment.charged',
        '  handles: payment.audit (private), payment.charge',
        '  tables: written by ledger',
        '  seam in: payment.audit from outside, payment.charge from checkout',
        '',
        'module sales',
        '  parts: checkout',
        '  needs: order.placed from outside, payment.charge from billing',
        '  seam in: order.placed from outside',
        '  seam out: payment.charge to cards',
      ].join('\n'),
    );
  });
});

describe('TR171 module-cycle', () => {
  const listening = (name: string, contract: typeof PaymentCharged): Actor =>
    outside(name, actor => actor.on(contract, () => {}), {
      publishes: name === 'a' ? [LedgerWritten] : [PaymentCharged],
    });
  const cycle = (modules: readonly Module[]) =>
    check(defineApp({ modules }), { hints: true }).findings.filter(({ code }) => code === 'TR171');

  it('finds modules that need each other, and is silent where only one needs the other', () => {
    const a = defineModule('first', { actors: [listening('a', PaymentCharged)], exposes: [LedgerWritten] });
    const b = defineModule('second', { actors: [listening('b', LedgerWritten as never)], exposes: [PaymentCharged] });

    expect(cycle([a, b])).toMatchObject([
      { level: 'hint', problem: 'The modules first, second need each other.', parts: ['first', 'second'] },
    ]);
    expect(cycle([billing, sales])).toEqual([]);
  });
});

describe('extract', () => {
  const codes = (options: AppOptions, module = 'billing'): readonly ExtractCode[] =>
    extract(defineApp(options), module).map(({ code }) => code);
  const where = (code: ExtractCode, options: AppOptions) =>
    extract(defineApp(options), 'billing').filter(change => change.code === code);
  const subscriber = (name: string, options: object = {}, more: object = {}): Actor =>
    outside(name, actor => actor.on(PaymentCharged, () => {}, more as never), options);

  it('lists what would change, and renders as text', () => {
    const changes = extract(defineApp({ modules: [billing, sales] }), 'billing');

    expect(changes.map(({ code, what }) => `${code} ${what}`)).toEqual([
      'own-tables the tables that the module writes',
      'edge-calls payment.audit',
      'wait-across-seam payment.charge',
      'single-instance ledger',
    ]);
    expect(renderExtract(changes.slice(2, 3))).toBe(
      [
        'wait-across-seam: payment.charge',
        '  where: checkout.paying/charge',
        '  why: the saga waits for the reply without an end, and the other process may be down',
        "  fix: Give the step a timeout, `command(…, { timeout: '30s' })`, or the state an `after`.",
      ].join('\n'),
    );
  });

  it('has nothing to say of a module that shares only data', () => {
    const plain = defineModule('plain', { actors: [subscriber('mail')] });

    expect(codes({ modules: [billing, plain] }, 'plain')).toEqual([]);
  });

  it('says that tables of two sides cannot be told apart', () => {
    const options = { actors: [subscriber('books', { sql: true })], modules: [billing] };

    expect(where('shared-database', options)).toMatchObject([{ where: ['ledger', 'books'] }]);
    expect(where('own-tables', options)).toEqual([]);
  });

  it('finds what is asked for, answered later and claimed across the seam', () => {
    const asker = outside('asker', actor =>
      actor.task(OrderPlaced, async ctx => void (await ctx.ask('pay', ChargePayment, { id: '1' }))),
    );
    const later = outside('later', actor => actor.on(ChargePayment, ctx => ctx.deferReply()));
    const yielding = outside('cards2', actor =>
      actor.on(OrderPlaced, () => {}, { yieldsTo: 'orchestrator' }).on(ChargePayment, () => ({ ok: true })),
    );
    const claiming = defineSaga('checkout', { machine, orchestrates: [ChargePayment] }).startsOn(
      OrderPlaced,
      order => order,
    );
    const of = (actor: Actor, others: AppOptions): AppOptions => ({
      ...others,
      modules: [defineModule('billing', { actors: [actor], exposes: [ChargePayment] })],
    });

    expect(where('ask-across-seam', { actors: [asker], modules: [billing] })).toMatchObject([
      { what: 'payment.charge', where: ['asker'] },
    ]);
    expect(where('deferred-reply', of(later, {}))).toMatchObject([{ where: ['later:payment.charge'] }]);
    expect(where('claim-across-seam', of(yielding, { sagas: [claiming as unknown as Saga] }))).toMatchObject([
      { what: 'payment.charge', where: ['checkout', 'cards2:order.placed'] },
    ]);
  });

  it('finds effects, logs, patterns and schedules that both sides share', () => {
    const post = subscriber('post', {}, { effect: 'send-letter' });
    const inner = as(defineActor('letters').on(AuditPayment, () => {}, { effect: 'send-letter' }));
    const shared = defineModule('billing', { actors: [inner], exposes: [AuditPayment] });
    const reader = subscriber('reader', {}, { from: 'beginning' });
    const auditor = outside('audit', actor => actor.onAny('ledger.*', () => {}));
    const nightly = defineSchedule('nightly', ChargePayment, () => ({ id: '1' }), { every: '1d' });

    expect(where('shared-effect', { actors: [post], modules: [shared] })).toMatchObject([
      { what: 'send-letter', where: ['letters', 'post'] },
    ]);
    expect(where('replay-across-seam', { actors: [reader], modules: [billing] })).toMatchObject([
      { what: 'payment.charged' },
    ]);
    expect(where('pattern-across-seam', { actors: [auditor], modules: [billing] })).toMatchObject([
      { what: 'ledger.*', where: ['audit:ledger.*'], why: expect.stringContaining('ledger.written') },
    ]);
    const watch = monitor(PaymentCharged).leadsTo(OrderPlaced, { within: '1d' });
    const placing = outside('shop', actor => actor.on(AuditPayment, () => {}), { publishes: [OrderPlaced] });
    const open = defineModule('billing', {
      actors: [as(defineActor('cards', { publishes: [PaymentCharged] }).on(ChargePayment, () => ({ ok: true })))],
      exposes: [PaymentCharged, ChargePayment],
    });
    expect(where('monitor-across-seam', { actors: [placing], monitors: [watch], modules: [open] })).toMatchObject([
      { where: ['payment.charged', 'order.placed'] },
    ]);
    expect(where('schedule-across-seam', { schedules: [nightly], modules: [billing] })).toMatchObject([
      { where: ['schedule nightly'] },
    ]);
  });

  describe('monitor-across-seam', () => {
    const watch = monitor(OrderPlaced).leadsTo(PaymentCharged, { within: '1d' });
    const taking = (name: string): Actor => outside(name, actor => actor.on(OrderPlaced, () => {}));
    const moduleOf = (monitors: AppOptions['monitors'], ...more: readonly Actor[]): Module =>
      defineModule('billing', { actors: [cards, ...more], monitors, exposes: [PaymentCharged] });
    const fixes = (options: AppOptions): readonly string[] =>
      where('monitor-across-seam', options).map(({ fix }) => fix.slice(0, 24));

    it('is a monitor of the app from an event of nobody to one of the module', () => {
      expect(fixes({ monitors: [watch], modules: [moduleOf([])] })).toEqual(['Put the monitor into the']);
    });

    it('is a monitor from an outside event that the rest of the app handles', () => {
      expect(fixes({ actors: [taking('shop')], monitors: [watch], modules: [moduleOf([])] })).toEqual([
        'Bridge the events of the',
      ]);
      expect(fixes({ actors: [taking('shop')], modules: [moduleOf([watch])] })).toEqual(['Bridge the events of the']);
    });

    it('is a monitor of the module on events of the others', () => {
      const shipping = outside('shop', actor => actor.on(AuditPayment, () => {}), { publishes: [OrderPlaced] });
      const started = monitor(OrderPlaced).leadsTo(LedgerWritten, { within: '1d' });
      const writing = outside('writing', actor => actor, { publishes: [LedgerWritten] });
      const billed = defineModule('billing', { monitors: [started] });

      expect(fixes({ actors: [shipping, writing], modules: [billed] })).toEqual(['Take the monitor out of ']);
    });

    it('is none where all it watches happens where it is', () => {
      expect(fixes({ modules: [moduleOf([watch])] })).toEqual([]);
      expect(fixes({ modules: [moduleOf([watch], taking('clerk'))] })).toEqual([]);
      expect(fixes({ actors: [taking('shop')], modules: [moduleOf([watch], taking('clerk'))] })).toEqual([]);
    });

    it('counts a saga as who handles an outside event, and no pattern', () => {
      const auditor = outside('audit', actor => actor.onAny('order.*', () => {}));

      expect(fixes({ actors: [auditor], modules: [moduleOf([watch])] })).toEqual([]);
      expect(fixes({ sagas: [checkout], modules: [moduleOf([watch])] })).toEqual(['Bridge the events of the']);
    });
  });

  it('finds a child saga on the other side', () => {
    const child = defineSaga('child', { machine }) as unknown as Saga;
    const parent = setup({ actors: { child: saga(child, { timeout: '1d' }) } }).createMachine({
      id: 'parent',
      initial: 'first',
      states: {
        first: { invoke: { id: 'child', src: 'child', input: { id: '1' } as never, onDone: 'over', onError: 'over' } },
        over: { type: 'final' },
      },
    });
    const inside = defineSaga('parent', { machine: parent }).startsOn(OrderPlaced, () => undefined) as unknown as Saga;

    expect(
      where('child-saga-across-seam', { sagas: [child], modules: [defineModule('billing', { sagas: [inside] })] }),
    ).toMatchObject([{ what: 'child', where: ['parent'] }]);
  });

  it('finds contracts whose schema no other process can read', () => {
    const trimmed = z.object({ id: z.string().refine(() => true) });
    const custom = { '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } } as const;
    const Opaque = defineEvent('order.opaque', { data: custom as never, key: () => '1' });
    const Clear = defineEvent('order.clear', { data: trimmed });
    const taker = as(
      defineActor('taker')
        .on(Opaque as never, (() => {}) as never)
        .on(Clear, () => {}),
    );

    expect(where('no-json-schema', { modules: [defineModule('billing', { actors: [taker] })] })).toMatchObject([
      { what: 'order.opaque', where: ['taker', 'outside'] },
    ]);
  });

  it('refuses a module that the app does not have', () => {
    expect(() => extract(defineApp({ modules: [billing] }), 'biling')).toThrow(
      expect.objectContaining({
        code: 'unknown-definition',
        message: "The app has no module 'biling'. It has billing.",
      }),
    );
  });
});

function startsOn(event: typeof LedgerWritten): Saga {
  return defineSaga('flow', { machine }).startsOn(event, data => data) as unknown as Saga;
}
