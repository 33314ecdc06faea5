// check: its options and report, waivers, and what it does at the start of a runtime.
import { describe, expect, it } from 'vitest';
import '../../src/testing/vitest.ts';
import {
  check,
  createRuntime,
  defineActor,
  defineApp,
  defineModule,
  renderReport,
  type App,
  type AppOptions,
  type CheckOptions,
  type Waiver,
} from '../../src/index.ts';
import { createTestRuntime } from '../../src/testing/index.ts';
import { memoryLogger } from '../support/kernel-kit.ts';
import { commandOf, eventOf, turnsOf } from '../support/check-kit.ts';

const OrderPlaced = eventOf('order.placed');
const PaymentCharged = eventOf('payment.charged');
const ChargePayment = commandOf('payment.charge');
const waiver: Waiver = { code: 'TR101', reason: 'The card service takes the second charge for the first.' };

interface Allows {
  readonly actor?: readonly Waiver[];
  readonly saga?: readonly Waiver[];
  readonly module?: readonly Waiver[];
  readonly app?: readonly Waiver[];
}

/** The accident: the order is charged by the saga and by the event. */
function faulty(allows: Allows = {}): App {
  const payments = defineActor('payments', { publishes: [PaymentCharged], allow: allows.actor })
    .on(ChargePayment, (ctx, data) => ctx.publish(PaymentCharged, data))
    .on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data));
  const checkout = turnsOf('checkout', [OrderPlaced, ChargePayment], { allow: allows.saga });
  const parts: AppOptions = allows.module
    ? { modules: [defineModule('shop', { actors: [payments], sagas: [checkout], allow: allows.module })] }
    : { actors: [payments], sagas: [checkout] };
  return defineApp({ ...parts, allow: allows.app });
}

/** An app with a warning only. */
function doubtful(): App {
  return defineApp({ actors: [defineActor('letters').on(OrderPlaced, () => {}, { yieldsTo: 'orchestrator' })] });
}

const codesOf = (app: App, options?: CheckOptions): readonly string[] =>
  check(app, options).findings.map(({ code, level }) => `${code} ${level}`);

describe('check', () => {
  it('passes an app in which nothing is found', () => {
    expect(check(defineApp({ actors: [] }))).toEqual({ passed: true, findings: [], waived: [] });
  });

  it('fails for errors and warnings, and gives hints to who asks for them', () => {
    expect(check(faulty())).toMatchObject({ passed: false, findings: [{ code: 'TR101', level: 'error' }] });
    expect(check(doubtful())).toMatchObject({ passed: false, findings: [{ code: 'TR105', level: 'warning' }] });
    const hints = check(doubtful(), { levels: { TR105: 'hint' }, hints: true });
    expect(hints.passed).toBe(true);
    expect(hints.findings).toContainEqual(expect.objectContaining({ code: 'TR105', level: 'hint' }));
    expect(codesOf(doubtful(), { levels: { TR105: 'hint' } })).toEqual([]);
  });

  it('takes the levels it is given', () => {
    expect(codesOf(faulty(), { levels: { TR101: 'warning' } })).toEqual(['TR101 warning']);
    expect(codesOf(faulty(), { levels: { TR101: 'off' } })).toEqual([]);
    expect(codesOf(doubtful(), { levels: { TR105: 'error' } })).toEqual(['TR105 error']);
  });

  it('gives why it matters and what to do from the table of codes', () => {
    const [finding] = check(faulty()).findings;

    expect(finding?.why).toMatch(/^the work is done twice/);
    expect(finding?.fixes.length).toBeGreaterThan(1);
  });

  it('lists errors before warnings, then by code', () => {
    const payments = defineActor('payments', { publishes: [PaymentCharged] })
      .on(ChargePayment, (ctx, data) => ctx.publish(PaymentCharged, data), { effect: 'charge-card' })
      .on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data), {
        effect: 'charge-card',
        yieldsTo: 'orchestrator',
      });
    const billing = defineActor('billing')
      .on(OrderPlaced, () => {}, { effect: 'bill' })
      .on(OrderPlaced, () => {}, { effect: 'bill' });
    const sagas = [turnsOf('checkout', [OrderPlaced, ChargePayment])];

    expect(codesOf(defineApp({ actors: [billing, payments], sagas }))).toEqual([
      'TR101 error',
      'TR107 error',
      'TR105 warning',
    ]);
  });

  it.each<[string, unknown, unknown]>([
    ['no app', { actors: [] }, {}],
    ['nothing', undefined, {}],
    ['no options', doubtful(), null],
    ['an unknown option', doubtful(), { level: {} }],
    ['an unknown code', doubtful(), { levels: { TR999: 'off' } }],
    ['an unknown level', doubtful(), { levels: { TR101: 'loud' } }],
    ['levels that are no object', doubtful(), { levels: 'error' }],
    ['hints that are neither true nor false', doubtful(), { hints: 1 }],
  ])('refuses %s', (_what, app, options) => {
    expect(() => check(app as App, options as CheckOptions)).toThrow(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  });
});

describe('a waiver', () => {
  it.each<[string, Allows, string]>([
    ['an actor', { actor: [waiver] }, 'payments'],
    ['a saga', { saga: [waiver] }, 'checkout'],
    ['the module they are in', { module: [waiver] }, 'shop'],
    ['the app', { app: [waiver] }, 'app'],
  ])('of %s takes the finding out, and stays in the report with its reason', (_where, allows, by) => {
    expect(check(faulty(allows))).toMatchObject({
      passed: true,
      findings: [],
      waived: [{ code: 'TR101', by, waiver }],
    });
  });

  it.each(['payment.charge', 'order.placed', 'payment.charged', 'checkout.s0', 'payments:order.placed', 'checkout'])(
    'about %s takes what is about it',
    about => {
      expect(codesOf(faulty({ app: [{ ...waiver, about }] }))).toEqual([]);
    },
  );

  it.each<[string, Waiver]>([
    ['of another code', { ...waiver, code: 'TR107' }],
    ['about something else', { ...waiver, about: 'payment.refund' }],
  ])('%s takes nothing, and is reported itself (TR190)', (_what, other) => {
    expect(codesOf(faulty({ actor: [other] }))).toEqual(['TR101 error', 'TR190 warning']);
  });

  it('of a part that the finding is not about takes nothing', () => {
    const app = faulty();
    const letters = defineActor('letters', { allow: [waiver] }).on(OrderPlaced, () => {});

    expect(codesOf(defineApp({ actors: [...app.actors, letters], sagas: app.sagas }))).toEqual([
      'TR101 error',
      'TR190 warning',
    ]);
  });

  it('is not missed where its rule is left out', () => {
    expect(codesOf(faulty({ actor: [waiver] }), { levels: { TR101: 'off' } })).toEqual([]);
  });

  it('may be waived itself', () => {
    const kept: Waiver = { code: 'TR190', reason: 'Comes back next week.' };

    expect(check(faulty({ app: [waiver, { code: 'TR107', reason: 'Later.' }, kept] }))).toMatchObject({
      findings: [],
      waived: [{ code: 'TR101' }, { code: 'TR190' }],
    });
  });
});

describe('a rendered report', () => {
  it('has code, name, level, problem, way, reason and fixes of each finding', () => {
    expect(renderReport(check(faulty()))).toBe(
      [
        'TR101 double-trigger error',
        '  checkout commands payments with payment.charge, and order.placed of the same flow leads to ' +
          'payments:order.placed, which publishes payment.charged, too.',
        '    checkout starts on order.placed',
        '    checkout.s0/payment.charge commands payment.charge',
        '    payments:payment.charge publishes payment.charged',
        '    payments:order.placed reacts to order.placed',
        '    payments:order.placed publishes payment.charged',
        '  why: the work is done twice; deduplication cannot see it, because the two messages have different ids',
        '  fixes, one of them:',
        '    - remove the handler of the event, and let the saga command the work',
        "    - let the handler give way: `yieldsTo: 'orchestrator'` on it and `orchestrates: [Command]` on the saga",
        '    - take the command out of the saga, and let it wait for the event that tells the result',
        '    - say what each handler does (`publishes`, `sends`, `effect`) where the work is not the same',
        '',
        '1 error',
      ].join('\n'),
    );
  });

  it('has what is waived, by whom and why, and says when nothing is found', () => {
    expect(renderReport(check(faulty({ actor: [waiver] })))).toContain(
      `reason: ${waiver.reason}\n\nnothing found, 1 waived`,
    );
    expect(renderReport({ findings: [], waived: [] })).toBe('nothing found');
  });
});

describe('the start of a runtime', () => {
  const database = ':memory:';

  it('is refused in development where check finds an error, with the way to it', async () => {
    const start = createRuntime(faulty(), { database, development: true });

    await expect(start).rejects.toMatchObject({ code: 'check-failed' });
    await expect(start).rejects.toThrow(/TR101 double-trigger error[^]*payments:order\.placed reacts to order\.placed/);
  });

  it.each<[string, App, object]>([
    ['in production', faulty(), { development: false }],
    ['with check: false', faulty(), { development: true, check: false }],
    ['with another level', faulty(), { development: true, check: { levels: { TR101: 'off' } } }],
    ['with a waiver', faulty({ app: [waiver] }), { development: true }],
  ])('is not %s', async (_how, app, options) => {
    const logger = memoryLogger();
    await using runtime = await createRuntime(app, { database, logger, ...options });

    expect(runtime.info().deadLetters).toBe(0);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('logs each warning once for an app, with code and fixes', async () => {
    const app = doubtful();
    const logger = memoryLogger();
    for (let time = 0; time < 2; time++) {
      const runtime = await createRuntime(app, { database, logger, development: true });
      await runtime.stop();
    }

    expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        fields: { code: 'TR105', fixes: expect.arrayContaining(['remove `yieldsTo`']) },
        message: expect.stringContaining('letters:order.placed yields'),
      },
    ]);
  });

  it('refuses options that check does not have, in production, too', async () => {
    const check = { level: 'off' } as unknown as CheckOptions;

    await expect(createRuntime(doubtful(), { database, check, development: false })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  it('is never refused in a test runtime', async () => {
    await using t = await createTestRuntime(faulty());

    expect(t.info().deadLetters).toBe(0);
  });
});

describe('the matcher toPassCheck', () => {
  it('holds for an app without findings, and for one whose findings are waived or left out', () => {
    expect(defineApp({ actors: [] })).toPassCheck();
    expect(faulty({ app: [waiver] })).toPassCheck();
    expect(faulty()).toPassCheck({ levels: { TR101: 'hint' }, hints: true });
    expect(faulty()).not.toPassCheck();
    expect(doubtful()).not.toPassCheck();
  });

  it('fails with the rendered report', () => {
    expect(() => expect(faulty()).toPassCheck()).toThrow(
      /expected the app to pass check\n\nTR101 double-trigger error/,
    );
    expect(() => expect(defineApp({})).not.toPassCheck()).toThrow(
      'expected the app not to pass check\n\nnothing found',
    );
  });

  it('refuses what is no app', () => {
    expect(() => (expect(1) as never as { toPassCheck(): void }).toPassCheck()).toThrow(/expect got no app/);
  });
});
