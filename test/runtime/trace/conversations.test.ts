// How conversations stand: each status, what is counted as open, paging, and how they are found.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assign, setup as setupMachine } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  expect as monitor,
  type AppOptions,
  type MessageOf,
} from '../../../src/index.ts';
import { createTestRuntime, pending, type TestRuntime } from '../../../src/testing/index.ts';
import { launch, type Launched } from '../../support/kernel-kit.ts';

const byId = { data: z.object({ id: z.string() }), key: (data: { readonly id: string }) => data.id };
const OrderPlaced = defineEvent('order.placed', byId);
const OrderPaid = defineEvent('order.paid', byId);
const OrderShipped = defineEvent('order.shipped', byId);
const Charge = defineCommand('payment.charge', byId);
const Ship = defineCommand('parcel.ship', byId);
const Quote = defineCommand('payment.quote', { ...byId, reply: z.object({ cents: z.number() }) });
const shipped = monitor(OrderPlaced).leadsTo(OrderShipped, { within: '2d', name: 'shipped' });

const payments = defineActor('payments', { state: () => ({ ticket: '' }), publishes: [OrderPaid], sends: [Ship] })
  .on(OrderPlaced, (ctx, order) => ctx.publish(OrderPaid, order))
  .on(
    Charge,
    (ctx, order) => {
      if (order.id === 'later') ctx.schedule(Ship, order, { after: '1h', id: 'later' });
      else throw new Error('card reader offline');
    },
    { retry: { attempts: 2, delay: '1m' } },
  )
  .on(Quote, ctx => ctx.deferReply());
const parcels = defineActor('parcels', {}).task(Ship, async () => {}, { retry: { attempts: 1 } });

function start(app: AppOptions = {}): Promise<TestRuntime> {
  return createTestRuntime(defineApp({ actors: [payments, parcels], ...app }), { now: '2026-01-01' });
}

/** A saga that charges and is done when it is paid. */
const conductor = defineSaga('conductor', {
  machine: setupMachine({
    types: { context: {} as { id: string }, input: {} as { id: string }, events: {} as MessageOf<typeof OrderPaid> },
    actors: { charge: command(Charge) },
  }).createMachine({
    context: ({ input }) => ({ id: input.id }),
    initial: 'charging',
    states: {
      charging: {
        invoke: {
          src: 'charge',
          input: ({ context }) => ({ id: context.id }),
          onDone: 'waiting',
          onError: 'refused',
        },
      },
      waiting: { on: { 'order.paid': 'paid' } },
      paid: { type: 'final' },
      refused: { type: 'final', entry: assign({}) },
    },
  }),
})
  .startsOn(OrderPlaced, order => order)
  .on(OrderPaid);

describe('runtime.conversations', () => {
  it('calls quiet what has come to rest without an end anybody knows of', async () => {
    const t = await start();
    const { id } = await t.publish(OrderPlaced, { id: '1' });

    expect(t.conversations.get(id)).toEqual({
      correlationId: id,
      type: 'order.placed',
      key: '1',
      status: 'quiet',
      startedAt: t.now(),
      lastAt: t.now(),
      open: { waiting: 0, retrying: 0, stashed: 0, tasks: 0, timers: 0, repliesOwed: 0 },
      deadLetters: 0,
      sagas: [],
      monitors: [],
    });
  });

  it('is quiet while only a monitor waits, then completed, or overdue and completed late', async () => {
    const t = await start({ monitors: [shipped] });
    const { id } = await t.publish(OrderPlaced, { id: '1' });
    const { id: late } = await t.publish(OrderPlaced, { id: '2' });
    const due = t.now() + 2 * 86_400_000;
    const open = { name: shipped.name, key: '1', status: 'open', since: t.now(), due, completedAt: undefined };
    expect(t.conversations.get(id)).toMatchObject({ status: 'quiet', monitors: [open], open: { timers: 0 } });

    await t.publish(OrderShipped, { id: '1' });
    expect(t.conversations.get(id)).toMatchObject({
      status: 'completed',
      monitors: [{ ...open, status: 'completed', completedAt: t.now() }],
    });

    await t.advance('3d');
    expect(t.conversations.get(late)).toMatchObject({ status: 'overdue', monitors: [{ status: 'overdue', due }] });
    await t.publish(OrderShipped, { id: '2' });
    expect(t.conversations.get(late)).toMatchObject({ status: 'completed', monitors: [{ completedAt: t.now() }] });
  });

  it('runs while a delivery is tried again, and has failed with its dead letter until somebody acts', async () => {
    const t = await start();
    const { id } = await t.send(Charge, { id: '1' });
    expect(t.conversations.get(id)).toMatchObject({ status: 'running', open: { retrying: 1, waiting: 0 } });

    await t.advance('1h');
    expect(t.conversations.get(id)).toMatchObject({ status: 'failed', deadLetters: 1, open: { retrying: 0 } });

    await t.deadLetters.discard(t.deadLetters.list()[0]?.id ?? 0);
    expect(t.conversations.get(id)).toMatchObject({ status: 'quiet', deadLetters: 0 });
  });

  it('runs while a message waits in a paused actor', async () => {
    const t = await start();
    await t.pause(payments, { key: '1' });

    const { id } = await t.publish(OrderPlaced, { id: '1' });

    expect(t.conversations.get(id)).toMatchObject({ status: 'running', open: { waiting: 1 } });
  });

  it('runs while a timer is armed, and while its task runs', async () => {
    const t = await start();
    t.stub(Ship, () => pending);
    const { id } = await t.send(Charge, { id: 'later' });
    expect(t.conversations.get(id)).toMatchObject({ status: 'running', open: { timers: 1, tasks: 0 } });

    await t.advance('1h');

    expect(t.conversations.get(id)).toMatchObject({ status: 'running', open: { timers: 0, tasks: 1 } });
  });

  it('runs while a reply is owed', async () => {
    const t = await start();

    const { id } = await t.send(Quote, { id: '1' });

    expect(t.conversations.get(id)).toMatchObject({ status: 'running', open: { repliesOwed: 1 } });
  });

  it('runs with a living saga, and is completed or failed with it', async () => {
    const t = await start({ sagas: [conductor], actors: [parcels, payments] });
    t.stub(Charge, ({ id }) => (id === 'poor' ? pending : undefined));
    await t.publish(OrderPlaced, { id: 'poor' });
    await t.publish(OrderPlaced, { id: '1' });

    expect(t.conversations.of(OrderPlaced, 'poor')).toMatchObject({
      status: 'running',
      sagas: [{ name: 'conductor', key: 'poor', status: 'running' }],
    });
    await t.publish(OrderPaid, { id: '1' });
    expect(t.conversations.of(OrderPlaced, '1')).toMatchObject({ sagas: [{ key: '1', status: 'done' }] });
    expect(t.conversations.of(OrderPlaced, '1')?.status).toBe('completed');
  });

  it('has failed with a saga that failed', async () => {
    const untaken = { target: 'over', guard: () => false };
    const machine = setupMachine({ actors: { charge: command(Charge) } }).createMachine({
      initial: 'charging',
      states: {
        charging: { invoke: { src: 'charge', input: { id: '1' }, onDone: 'over', onError: untaken } },
        over: { type: 'final' },
      },
    });
    const frail = defineSaga('frail', { machine }).startsOn(OrderPlaced, () => undefined);
    const t = await start({ sagas: [frail] });
    t.stub(Charge, () => new Error('card reader offline'));

    await t.publish(OrderPlaced, { id: '1' });
    await t.advance('1d');
    for (const { id } of t.deadLetters.list()) await t.deadLetters.discard(id);

    expect(t.conversations.of(OrderPlaced, '1')).toMatchObject({
      status: 'failed',
      deadLetters: 0,
      sagas: [{ name: 'frail', key: '1', status: 'failed' }],
    });
    expect(t.conversations.list({ status: 'failed' })).toHaveLength(1);
  });

  it('finds a conversation by any of its messages, by its name, and by contract and key', async () => {
    const t = await start();
    const { id } = await t.publish(OrderPlaced, { id: '1' }, { correlationId: 'my-order' });
    await t.publish(OrderShipped, { id: '1' }, { correlationId: 'my-order' });

    const found = t.conversations.get('my-order');

    expect(found).toMatchObject({ correlationId: 'my-order', type: 'order.placed', key: '1' });
    expect(t.conversations.get(id)).toEqual(found);
    expect(t.conversations.of(OrderPaid, '1')).toEqual(found);
    expect(t.conversations.list()).toEqual([found]);
    expect(t.conversations.get('nobody')).toBeUndefined();
    expect(t.conversations.of(OrderPaid, '2')).toBeUndefined();
  });

  it('gives the whole tree with its times from a business key in one call', async () => {
    const t = await start();
    await t.publish(OrderPlaced, { id: '1' });
    const { id } = await t.publish(OrderPlaced, { id: '1' });

    const trace = t.trace(OrderPaid, '1');

    expect(trace.correlationId).toBe(id);
    expect(trace.roots).toMatchObject([{ turns: [{ address: 'payments/1' }], children: [{ type: 'order.paid' }] }]);
    expect(trace.roots[0]?.turns[0]?.runMs).toBeTypeOf('number');
    expect(() => t.trace(OrderPaid, '2')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});

describe('runtime.conversations.list', () => {
  async function setup(): Promise<TestRuntime> {
    const t = await start({ monitors: [shipped] });
    await t.publish(OrderPlaced, { id: 'overdue' });
    await t.advance('3d');
    await t.send(Charge, { id: 'failed' });
    await t.advance('1h');
    await t.publish(OrderPlaced, { id: 'completed' });
    await t.publish(OrderShipped, { id: 'completed' });
    await t.publish(OrderPlaced, { id: 'quiet' }, { correlationId: 'named' });
    await t.send(Charge, { id: 'running' });
    return t;
  }

  it('lists the newest first, with statuses', async () => {
    const t = await setup();

    expect(t.conversations.list().map(({ key, status }) => [key, status])).toEqual([
      ['running', 'running'],
      ['quiet', 'quiet'],
      ['completed', 'quiet'],
      ['completed', 'completed'],
      ['failed', 'failed'],
      ['overdue', 'overdue'],
    ]);
  });

  it.each(['running', 'completed', 'failed', 'overdue'] as const)('lists what is %s', async status => {
    const t = await setup();

    expect(t.conversations.list({ status }).map(({ key }) => key)).toEqual([status]);
  });

  it('lists what is quiet', async () => {
    const t = await setup();

    expect(t.conversations.list({ status: 'quiet' }).map(({ key }) => key)).toEqual(['quiet', 'completed']);
  });

  it('pages on from a conversation, whatever it is named by', async () => {
    const t = await setup();
    const all = t.conversations.list();

    const paged: string[] = [];
    for (let after: string | undefined; ;) {
      const [next] = t.conversations.list({ limit: 1, after });
      if (!next) break;
      paged.push((after = next.correlationId));
    }

    expect(paged).toEqual(all.map(({ correlationId }) => correlationId));
    expect(paged).toContain('named');
  });

  it('refuses a limit it cannot keep, and a page that begins nowhere', async () => {
    const t = await start();

    for (const limit of [0, 1001, 1.5]) {
      expect(() => t.conversations.list({ limit })).toThrow(expect.objectContaining({ code: 'invalid-options' }));
    }
    expect(() => t.conversations.list({ status: 'done' as never })).toThrow(/got status 'done'\. Use quiet, running/);
    expect(() => t.conversations.of('order.placed' as never, '1')).toThrow(/found by a contract and a key/);
    expect(() => t.conversations.list({ stat: 'failed' } as never)).toThrow(/no option 'stat'\. Use status, limit/);
    expect(() => t.conversations.list({ after: 'nobody' })).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it.each(['bogus', 'constructor', "quiet' or 'a' = 'a"])('refuses the status %s, which is none', async status => {
    const t = await start();

    const list = (): unknown => t.conversations.list({ status: status as 'quiet' });

    expect(list).toThrow(expect.objectContaining({ code: 'invalid-options' }));
    expect(list).toThrow('Use quiet, running, overdue, completed, failed.');
  });
});

describe('runtime.conversations of a log whose oldest messages are gone', () => {
  const failing = defineActor('failing').on(
    OrderPaid,
    () => {
      throw new Error('no line');
    },
    { retry: { attempts: 1 } },
  );

  async function setup(): Promise<Launched> {
    const launched = await launch({ actors: [payments, parcels, failing] }, { retention: { log: '1h' } });
    const { runtime, run, platform } = launched;
    await run(runtime.publish(OrderPlaced, { id: '1' }));
    await run(runtime.publish(OrderPlaced, { id: '2' }, { correlationId: '1' }));
    await run(runtime.publish(OrderShipped, { id: '3' }));
    await platform.advance(2 * 3_600_000);
    return launched;
  }

  it('keeps a failed one in sight until somebody acts, though its first message is gone', async () => {
    const { runtime, run, settled } = await setup();
    const [named, other] = runtime.conversations.list({ status: 'failed' });

    runtime.prune();

    const left = [
      { key: '2', type: OrderPaid.type, correlationId: '1' },
      { key: '1', type: OrderPaid.type, correlationId: other?.correlationId },
    ];
    expect(runtime.conversations.list()).toMatchObject(left);
    expect(runtime.conversations.list({ status: 'failed' })).toMatchObject(left);
    expect(runtime.conversations.get(other?.correlationId ?? '')?.status).toBe('failed');
    expect(runtime.conversations.get(named?.correlationId ?? '')?.key).toBe('2');
    for (const { id } of runtime.deadLetters.list()) await run(runtime.deadLetters.discard(id));
    await settled();
    runtime.prune();
    expect(runtime.conversations.list()).toEqual([]);
  });

  it('pages on from one that retention took meanwhile', async () => {
    const { runtime } = await setup();
    const [first] = runtime.conversations.list({ limit: 1 });
    runtime.prune();

    const rest = runtime.conversations.list({ after: first?.correlationId });

    expect(first?.key).toBe('3');
    expect(rest.map(({ key }) => key)).toEqual(['2', '1']);
  });
});
