// Rules about time and size: TR120, TR121 and TR124, each with the apps that look alike and are right.
import { fromPromise } from 'xstate';
import { describe, expect, it } from 'vitest';
import { command, defineSaga, saga, task, type Saga } from '../../src/index.ts';
import { ask, ends, flow, found, Heard, invoke, looks, places } from './rules-kit.ts';

const Charge = ask('payment.charge');
const payments = looks('payments', Charge);
const heard = { 'flow.heard': 'done' };
const waiting = { on: heard };
const patience = { delays: { patience: 1_000 } };

const waits = (states: object, options: object = {}) => places('TR120', { sagas: [flow(states, options)] });

describe('TR120 wait-without-timeout', () => {
  it('finds a state that only an event ends, and names it', () => {
    const [finding, ...others] = found('TR120', { sagas: [flow({ waiting, ...ends })] });

    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      level: 'warning',
      problem: 'flow.waiting waits for flow.heard, and nothing ends it where that never comes.',
      way: [{ at: 'flow.waiting', does: 'waits for', what: 'flow.heard' }],
      parts: ['flow'],
      about: ['flow.waiting', 'flow.heard'],
    });
  });

  it.each([
    ['in the state', { waiting: { ...waiting, after: { patience: 'failed' } }, ...ends }, {}],
    [
      'in a state around it',
      {
        outer: {
          initial: 'waiting',
          states: { waiting: { on: { 'flow.heard': '#done' } } },
          after: { patience: 'failed' },
        },
        done: { id: 'done', type: 'final' },
        failed: ends.failed,
      },
      {},
    ],
    ['in the machine', { waiting, ...ends }, { more: { after: { patience: '.failed' } } }],
  ])('is silent with a delay %s', (_, states, more) => {
    expect(waits(states, { ...patience, ...more })).toEqual([]);
  });

  it('finds a state that asks its guard again only when an event has come', () => {
    const guards = { isReady: () => false };
    const joining = { on: { 'flow.heard': {} }, always: { guard: 'isReady', target: 'done' } };
    const otherwise = [{ guard: 'isReady', target: 'done' }, { target: 'failed' }];

    expect(waits({ joining, ...ends }, { guards })).toEqual(['flow.joining']);
    expect(waits({ joining: { ...joining, always: otherwise }, ...ends }, { guards })).toEqual([]);
  });

  it('is silent about a state whose guard may see what goes on in a region beside it', () => {
    const states = {
      both: {
        type: 'parallel',
        states: {
          papers: {
            initial: 'open',
            states: {
              open: { on: { 'flow.heard': {} }, always: { guard: 'isReady', target: 'stamped' } },
              stamped: { type: 'final' },
            },
          },
          clock: { initial: 'on', states: { on: { after: { patience: 'off' } }, off: { type: 'final' } } },
        },
        onDone: 'done',
      },
      ...ends,
    };

    expect(waits(states, { ...patience, guards: { isReady: () => false } })).toEqual([]);
  });

  it('is silent about a state that nothing enters', () => {
    expect(waits({ first: { after: { patience: 'done' } }, waiting, ...ends }, patience)).toEqual([]);
  });

  it('is silent about a state that only its cancellation ends', () => {
    expect(waits({ active: { on: { 'flow.cancelled': 'done' } }, ...ends })).toEqual([]);
  });

  it('is silent about a state that a step around it ends', () => {
    const states = {
      outer: {
        ...invoke('charge', 'done'),
        initial: 'waiting',
        states: { waiting: { on: { 'flow.heard': '#seen' } } },
      },
      seen: { id: 'seen', type: 'final' },
      ...ends,
    };
    const app = { actors: [payments], sagas: [flow(states, { actors: { charge: command(Charge as never) } })] };

    expect(places('TR120', app)).toEqual([]);
  });

  it('is silent about a region that another leaves with it, and finds it where the other only ends itself', () => {
    const beside = (target: string): object => ({
      both: {
        type: 'parallel',
        onDone: 'done',
        states: {
          papers: {
            initial: 'open',
            states: { open: { on: { 'flow.heard': 'stamped' } }, stamped: { type: 'final' } },
          },
          goods: { initial: 'on', states: { on: { after: { patience: target } }, off: { type: 'final' } } },
        },
      },
      done: ends.done,
      failed: { ...ends.failed, id: 'failed' },
    });

    expect(waits(beside('#failed'), patience)).toEqual([]);
    expect(waits(beside('off'), patience)).toEqual(['flow.both.papers.open']);
  });

  it('is silent where the state takes an event that comes from the machine itself', () => {
    expect(waits({ waiting: { on: { ...heard, late: 'failed' } }, ...ends })).toEqual([]);
  });

  it('is silent about a child that its parent stops waiting for, and finds one that it waits for without an end', () => {
    const child = defineChild();
    const parent = (timeout: object): Saga =>
      flow({ first: invoke('child', 'done'), ...ends }, { actors: { child: saga(child, timeout as never) } });

    expect(places('TR120', { sagas: [parent({ timeout: '1d' }), child] })).toEqual([]);
    expect(places('TR120', { sagas: [parent({}), child] })).toEqual(['child.waiting']);
  });
});

function defineChild(): Saga {
  const { machine } = flow({ waiting, ...ends }, { name: 'child' }).options;
  return (defineSaga('child', { machine } as never) as unknown as Saga).on(Heard);
}

describe('TR121 task-without-timeout', () => {
  const tasks = (logic: unknown, state: object = {}, more: object = {}) =>
    places('TR121', {
      sagas: [
        flow(
          { calling: { ...invoke('call', 'done'), ...state }, ...ends },
          { actors: { call: logic }, ...patience, ...more },
        ),
      ],
    });

  it('finds a task without one, a plain fromPromise as well', () => {
    expect(tasks(task(() => 1))).toEqual(['flow.calling/call']);
    expect(tasks(fromPromise(() => Promise.resolve(1)))).toEqual(['flow.calling/call']);
  });

  it('is silent with a timeout of the task, and with a delay around it', () => {
    expect(tasks(task(() => 1, { timeout: '5s' }))).toEqual([]);
    expect(
      tasks(
        task(() => 1),
        { after: { patience: 'failed' } },
      ),
    ).toEqual([]);
    expect(
      tasks(
        task(() => 1),
        {},
        { more: { after: { patience: '.failed' } } },
      ),
    ).toEqual([]);
  });

  it('is silent about commands: their owners have limits of their own', () => {
    expect(
      places('TR121', {
        actors: [payments],
        sagas: [flow({ a: invoke('call', 'done'), ...ends }, { actors: { call: command(Charge as never) } })],
      }),
    ).toEqual([]);
  });
});

describe('TR124 saga-too-big', () => {
  const chain = (count: number): object => ({
    ...Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`s${n}`, { always: n + 1 < count ? `s${n + 1}` : 'done' }]),
    ),
    done: { type: 'final' },
  });

  it('finds more than thirty states, and takes thirty for enough', () => {
    expect(found('TR124', { sagas: [flow(chain(29))] })).toEqual([]);
    expect(found('TR124', { sagas: [flow(chain(30))] })).toMatchObject([
      { problem: 'The saga flow has 31 states, more than 30.', about: ['flow'] },
    ]);
  });

  it('finds more than ten participants, and counts an owner once', () => {
    const commands = Array.from({ length: 12 }, (_, n) => ask(`part${n}.do`));
    const actors = Object.fromEntries(commands.map((one, n) => [`c${n}`, command(one as never)]));
    const states = Object.fromEntries(
      commands.map((_, n) => [`s${n}`, invoke(`c${n}`, n + 1 < commands.length ? `s${n + 1}` : 'done')]),
    );
    const big = flow({ ...states, ...ends }, { actors });
    const owners = commands.map((one, n) => looks(`owner${n}`, one));

    expect(found('TR124', { actors: owners, sagas: [big] })).toMatchObject([
      { problem: 'The saga flow has 12 participants, more than 10.' },
    ]);
    expect(found('TR124', { actors: [looks('one', ...commands)], sagas: [big] })).toEqual([]);
  });
});
