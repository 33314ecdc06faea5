// What a coverage counts, what it leaves out, and how it is reported, added up and held against thresholds.
import { assign, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app as northwind } from '../../examples/northwind/app.ts';
import { command, defineActor, defineApp, defineSaga, task, type DataOf, type MessageOf } from '../../src/index.ts';
import { createTestRuntime, measureCoverage, type CoverageThresholds } from '../../src/testing/index.ts';
import { app as shop, Charge, checkout, OrderPlaced } from '../sagas/checkout.ts';
import { commandOf, eventOf, launch } from '../support/kernel-kit.ts';

const Started = eventOf('journey.started');
const Poked = eventOf('trip.poked');
const Book = commandOf('trip.book');
const data = { key: 'a', n: 0, text: '' };

const trip = setup({
  types: {} as {
    input: DataOf<typeof Started>;
    context: { n: number };
    events: MessageOf<typeof Poked>;
  },
  actors: {
    book: command(Book),
    look: task(({ input }: { input: number }) => z.number().parse(input) + 1),
    rest: setup({ delays: { nap: 1_000 } }).createMachine({
      id: 'rest',
      initial: 'asleep',
      states: { asleep: { after: { nap: 'awake' } }, awake: { type: 'final' } },
    }),
  },
  guards: { isBig: ({ context }) => context.n > 10 },
}).createMachine({
  id: 'trip',
  context: ({ input: { n } }) => ({ n }),
  initial: 'choosing',
  on: { 'trip.*': { actions: assign({ n: ({ context }) => context['n'] + 1 }) } },
  states: {
    choosing: { always: [{ guard: 'isBig', target: 'booking' }, { target: 'looking' }] },
    looking: {
      invoke: { id: 'look', src: 'look', input: ({ context }) => context.n, onDone: 'booking', onError: 'lost' },
    },
    booking: {
      initial: 'asking',
      onDone: 'resting',
      states: {
        asking: {
          invoke: {
            id: 'book',
            src: 'book',
            input: () => data,
            onDone: [
              { guard: ({ event }) => event.output === 'late', target: 'booked', actions: assign({ n: 100 }) },
              { guard: ({ event }) => event.output === 'soon', target: 'booked' },
              { target: 'booked' },
            ],
            onError: '#trip.lost',
          },
        },
        booked: { type: 'final' },
        again: { type: 'history' },
      },
    },
    resting: { invoke: { id: 'rest', src: 'rest', onDone: 'home' } },
    home: { type: 'final' },
    lost: { type: 'final' },
  },
});
const trips = defineSaga('trip', { machine: trip })
  .startsOn(Started, input => input)
  .on(Poked);
const agency = defineActor('agency').on(Book, () => 'soon', { retry: { attempts: 1 } });
const app = defineApp({ actors: [agency], sagas: [trips] });

const places = (names: readonly string[]): readonly string[] => names.map(name => name.replace(/^.*?: /, ''));

async function setupRun() {
  const coverage = measureCoverage(app);
  const t = await createTestRuntime(app, { coverage });
  return { coverage, t };
}

describe('a coverage', () => {
  it('knows everything an app can do before anything has happened', () => {
    const { contracts, handlers, states, transitions } = measureCoverage(app).report();

    expect(contracts).toEqual({
      total: 3,
      covered: 0,
      percent: 0,
      missing: ['trip.book', 'journey.started', 'trip.poked'],
    });
    expect(handlers.missing).toEqual([
      'agency: trip.book',
      'trip: journey.started',
      'trip: trip.poked',
      'trip: task/look',
    ]);
    expect(states.missing).toEqual([
      'trip: choosing',
      'trip: looking',
      'trip: booking',
      'trip: booking.asking',
      'trip: booking.booked',
      'trip: resting',
      'trip: home',
      'trip: lost',
      'trip/rest: asleep',
      'trip/rest: awake',
    ]);
    expect(transitions.missing).toEqual([
      'trip: (root) → stays on trip.*',
      'trip: choosing → booking always [isBig]',
      'trip: choosing → looking always',
      'trip: looking → booking on look done',
      'trip: looking → lost on look error',
      'trip: booking → resting on done',
      'trip: booking.asking → booking.booked on trip.book done [guard]',
      'trip: booking.asking → booking.booked on trip.book done [guard] #2',
      'trip: booking.asking → booking.booked on trip.book done',
      'trip: booking.asking → lost on trip.book error',
      'trip: resting → home on rest done',
      'trip/rest: asleep → awake after nap',
    ]);
  });

  it('tells apart transitions that only a guard chooses between, and those taken in passing', async () => {
    const { coverage, t } = await setupRun();

    await t.publish(Started, { ...data, n: 11 });

    expect(places(coverage.toJSON().transitions)).toEqual([
      'booking → resting on done',
      'booking.asking → booking.booked on trip.book done [guard] #2',
      'choosing → booking always [isBig]',
    ]);
    expect(places(coverage.toJSON().states)).toEqual([
      'asleep',
      'booking',
      'booking.asking',
      'booking.booked',
      'choosing',
      'resting',
    ]);
  });

  it('counts tasks, timers, nested machines and wildcards', async () => {
    const { coverage, t } = await setupRun();

    await t.publish(Started, data);
    await t.publish(Poked, data);
    await t.advance('1s');

    const { handlers, states, transitions } = coverage.report();
    expect(handlers.missing).toEqual([]);
    expect(places(states.missing)).toEqual(['lost']);
    expect(places(transitions.missing)).toEqual([
      'choosing → booking always [isBig]',
      'looking → lost on look error',
      'booking.asking → booking.booked on trip.book done [guard]',
      'booking.asking → booking.booked on trip.book done',
      'booking.asking → lost on trip.book error',
    ]);
  });

  it('does not count a handler that fails, nor what its turn would have done', async () => {
    const { coverage, t } = await setupRun();
    t.fail(Book, new Error('no'));

    await t.publish(Started, { ...data, n: 11 });

    expect(coverage.toJSON().handlers).toEqual(['trip: journey.started']);
    expect(coverage.toJSON().contracts).toEqual(['journey.started', 'trip.book']);
    expect(places(coverage.toJSON().transitions)).toContain('booking.asking → lost on trip.book error');
  });

  it('does not count a task that fails or has only been started', async () => {
    const { coverage, t } = await setupRun();
    t.fail({ of: trips, on: 'look' }, new Error('dark'), 5);

    await t.publish(Started, data);

    expect(coverage.toJSON().handlers).toEqual(['trip: journey.started']);
  });

  it('does not count a commit that failed', async () => {
    const { coverage, t } = await setupRun();
    t.failCommit(1, 'full');

    await t.publish(Started, data).catch(() => {});

    expect(coverage.toJSON()).toEqual({ contracts: [], handlers: [], states: [], transitions: [] });
  });

  it('goes on after a crash, and in a saga that another run began', async () => {
    const { t: first } = await setupRun();
    await first.publish(Started, { ...data, n: 11 });
    const coverage = measureCoverage(app);
    const t = await createTestRuntime(app, { coverage, database: first.serialize() });

    await t.crash();
    await t.advance('1s');

    expect(places(coverage.toJSON().transitions)).toEqual(['asleep → awake after nap', 'resting → home on rest done']);
  });

  it('counts every turn of a saga that shares a commit with others', async () => {
    const coverage = measureCoverage(app);
    const { kernel, store, runtime, run } = await launch(app);
    const commit = store.commit.bind(store);
    store.commit = (batch, written) => {
      commit(batch, written);
      coverage.committed({ kernel, batch });
    };

    await run(runtime.publish(Started, { ...data, n: 11 }));

    expect(places(coverage.toJSON().transitions)).toEqual([
      'booking → resting on done',
      'booking.asking → booking.booked on trip.book done [guard] #2',
      'choosing → booking always [isBig]',
    ]);
  });

  it('counts only the state where code is not pure and comes to another end when it is looked at', async () => {
    let calls = 0;
    const machine = setup({ types: {} as { input: object } }).createMachine({
      id: 'odd',
      initial: 'choosing',
      states: {
        choosing: { always: [{ guard: () => (calls += 1) % 2 === 1, target: 'left' }, { target: 'right' }] },
        left: { type: 'final' },
        right: { type: 'final' },
      },
    });
    const odd = defineSaga('odd', { machine }).startsOn(Started, () => ({}));
    const coverage = measureCoverage(defineApp({ sagas: [odd] }));
    const t = await createTestRuntime(defineApp({ sagas: [odd] }), { coverage });

    await t.publish(Started, data);

    expect(t.saga(odd, 'a').state).toBe('left');
    expect(coverage.toJSON().states).toEqual(['odd: left']);
    expect(coverage.toJSON().transitions).toEqual([]);
  });

  it('runs no code of the app that writes', async () => {
    const notes: string[] = [];
    const machine = setup({ actions: { note: () => void notes.push('noted') } }).createMachine({
      id: 'noter',
      initial: 'noted',
      states: { noted: { type: 'final', entry: 'note' } },
    });
    const noter = defineSaga('noter', {
      machine,
      inTransaction: { note: () => void notes.push('noted') },
    }).startsOn(Started, () => undefined);
    const noting = defineApp({ sagas: [noter] });
    const t = await createTestRuntime(noting, { coverage: measureCoverage(noting) });

    await t.publish(Started, data);

    expect(notes).toEqual(['noted']);
  });

  it('adds up runs side by side and runs of other processes', async () => {
    const coverage = measureCoverage(shop);
    const [one, two] = await Promise.all([1, 2].map(() => createTestRuntime(shop, { coverage })));
    await one?.publish(OrderPlaced, { orderId: '1', cents: 1 });
    await two?.publish(OrderPlaced, { orderId: '1', cents: 200_000 });
    const sum = measureCoverage(shop);
    sum.merge(JSON.parse(JSON.stringify(coverage)));
    sum.merge({ contracts: ['of.another.app'], handlers: [], states: [], transitions: [] });

    expect(sum.report()).toEqual(coverage.report());
    expect(sum.toJSON()).toEqual(coverage.toJSON());
    expect(sum.report().states.missing).toEqual([]);
  });

  it('is refused what is not the JSON of a coverage', () => {
    expect(() => measureCoverage(shop).merge({ contracts: [] } as never)).toThrow(
      expect.objectContaining({ code: 'invalid-options', message: expect.stringContaining('merge got no handlers') }),
    );
  });

  it('shows itself as a table with what is missing', async () => {
    const coverage = measureCoverage(shop);
    const t = await createTestRuntime(shop, { coverage });
    await t.publish(OrderPlaced, { orderId: '1', cents: 1 });

    expect(coverage.text().split('\n').slice(0, 9)).toEqual([
      '             covered  of     %',
      'contracts          5   9  55.5',
      'handlers           4   7  57.1',
      'states             9  10  90.0',
      'transitions        4   9  44.4',
      '',
      'missing contracts',
      '  payment.refund',
      '  stock.release',
    ]);
  });

  it('throws below a threshold and says what is missing', async () => {
    const coverage = measureCoverage(shop);
    const t = await createTestRuntime(shop, { coverage });
    await t.publish(OrderPlaced, { orderId: '1', cents: 1 });

    coverage.assert({ contracts: 55.5, handlers: 50, states: 90 });
    expect(() => coverage.assert({ states: 90, transitions: 80 })).toThrow(
      expect.objectContaining({
        code: 'not-covered',
        message: expect.stringMatching(
          /transitions: 44\.4 % \(4 of 9\) instead of 80 %\.\n[^]* {2}checkout: shipping → rejected on shipping\.ship error/,
        ),
      }),
    );
  });

  it.each([[{ lines: 1 }], [{ states: 101 }], [{ states: '90' }]])('refuses the thresholds %j', thresholds => {
    expect(() => measureCoverage(shop).assert(thresholds as CoverageThresholds)).toThrow(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  });

  it('counts no state and no transition in an app without sagas as all of them', () => {
    const { states, transitions } = measureCoverage(defineApp({ actors: [agency] })).report();

    expect([states.percent, transitions.percent]).toEqual([100, 100]);
  });

  it('leaves out by what sagas start each other', () => {
    const { contracts, handlers } = measureCoverage(northwind).report();

    expect([...contracts.missing, ...handlers.missing].filter(name => name.includes('troupe.'))).toEqual([]);
  });
});

describe('the checkout', () => {
  it('names a transition by its command', () => {
    expect(measureCoverage(shop).report().transitions.missing).toContain(
      `${checkout.name}: paying.money.asking → rejected on ${Charge.type} error`,
    );
  });
});
