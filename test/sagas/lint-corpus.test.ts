// The lint has nothing against correct machines: of the repository, of the W3C, and one for each way of writing one.
import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromPromise,
  fromTransition,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  stopChild,
  type AnyStateMachine,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { checkout as northwind } from '../../examples/northwind/sagas/checkout.ts';
import { delivery } from '../../examples/northwind/sagas/delivery.ts';
import { machine as payout } from '../../examples/payout/payout.ts';
import { lint } from '../../src/sagas/lint.ts';
import { machine as checkout } from './checkout.ts';
import { cases } from '../scxml/cases.ts';
import { work } from './lint-kit.ts';

const noop = (): void => {};
const final = { type: 'final' } as const;
const of = (config: object, implementations: object = {}): AnyStateMachine =>
  createMachine(config as never).provide(implementations as never);

const countdown = of(
  {
    id: 'countdown',
    context: ({ input }: { input: { from: number } }) => ({ left: input.from }),
    initial: 'counting',
    states: {
      counting: {
        after: { second: { target: 'counting', reenter: true, actions: assign({ left: () => 1 }) } },
        always: { guard: () => true, target: 'over' },
      },
      over: { type: 'final', entry: sendParent({ type: 'over' }) },
    },
    output: ({ context }: { context: { left: number } }) => context.left,
  },
  { delays: { second: 1_000 } },
);

const machines: Readonly<Record<string, AnyStateMachine>> = {
  'the checkout of the tests': checkout,
  'the checkout of Northwind': northwind.options.machine,
  'the delivery of Northwind': delivery.options.machine,
  'the payout of the examples': payout,
  'a machine that ends at once': of({ type: 'final' }),
  'a counter without an end': of({ context: { n: 0 }, on: { inc: { actions: assign({ n: () => 1 }) } } }),
  'a traffic light': of({
    id: 'light',
    initial: 'green',
    states: {
      green: { after: { 1000: 'yellow' } },
      yellow: { after: { 1000: 'red' } },
      red: { after: { 1000: 'green' } },
    },
  }),
  'a toggle whose first state only the root leaves': of({
    initial: 'off',
    on: { on: '.on', off: '.off' },
    states: { off: {}, on: {} },
  }),
  'an editor with independent regions': of({
    type: 'parallel',
    states: {
      bold: { initial: 'off', states: { off: { on: { bold: 'on' } }, on: { on: { bold: 'off' } } } },
      list: { initial: 'none', states: { none: { on: { list: 'dots' } }, dots: { on: { list: 'none' } } } },
    },
  }),
  'a wizard with deep history': of({
    id: 'wizard',
    initial: 'open',
    states: {
      open: {
        initial: 'one',
        states: {
          one: { initial: 'x', states: { x: { on: { next: 'y' } }, y: { on: { next: '#wizard.open.two' } } } },
          two: { on: { back: 'one', finish: '#wizard.done' } },
          last: { type: 'history', history: 'deep', target: 'one' },
        },
        on: { pause: 'paused' },
      },
      paused: { on: { resume: 'open.last' } },
      done: final,
    },
  }),
  'a watchdog region': of(
    {
      id: 'watch',
      initial: 'running',
      states: {
        running: {
          type: 'parallel',
          states: {
            patience: { after: { patience: '#watch.late' } },
            work: { initial: 'one', states: { one: { on: { next: 'two' } }, two: { on: { next: '#watch.done' } } } },
          },
        },
        late: final,
        done: final,
      },
    },
    { delays: { patience: 60_000 } },
  ),
  'regions that rest until both have ended': of({
    initial: 'both',
    states: {
      both: {
        type: 'parallel',
        states: {
          left: { initial: 'x', states: { x: { on: { left: 'y' } }, y: final } },
          right: { initial: 'x', states: { x: { on: { right: 'y' } }, y: final } },
          flag: { type: 'final' },
        },
        onDone: [
          { guard: () => true, target: 'done' },
          { target: 'both', reenter: true },
        ],
      },
      done: final,
    },
  }),
  'steps that retry': of(
    {
      initial: 'asking',
      context: { attempt: 0 },
      states: {
        asking: {
          invoke: {
            id: 'ask',
            src: 'ask',
            onDone: [{ guard: 'isGood', target: 'done' }, 'waiting'],
            onError: [
              { guard: 'isTired', target: 'failed' },
              { target: 'waiting', actions: 'note' },
            ],
          },
        },
        waiting: { entry: 'count', after: { backoff: 'asking' } },
        done: final,
        failed: { type: 'final', tags: 'compensate' },
      },
    },
    {
      actors: { ask: work },
      actions: { note: noop, count: assign({ attempt: () => 1 }) },
      guards: { isGood: () => true, isTired: () => false },
      delays: { backoff: () => 1_000 },
    },
  ),
  'one handler for every failure': of(
    {
      initial: 'one',
      on: { 'xstate.error.actor.*': '.failed' },
      states: {
        one: { invoke: { id: 'a', src: 'ask', onDone: 'two' } },
        two: {
          type: 'parallel',
          states: { l: { invoke: { id: 'l', src: 'ask' } }, r: { invoke: { id: 'r', src: 'load' } } },
        },
        failed: final,
      },
    },
    { actors: { ask: work, load: fromPromise(() => Promise.resolve(1)) } },
  ),
  'a background step beside a patience timer': of(
    {
      initial: 'shipping',
      states: {
        shipping: {
          invoke: { id: 'ship', src: 'ask', onDone: 'done', onError: 'failed' },
          initial: 'waiting',
          states: {
            waiting: { after: { 1000: 'recalling' } },
            recalling: { invoke: { id: 'recall', src: 'ask', onError: 'waiting' } },
          },
        },
        done: final,
        failed: final,
      },
    },
    { actors: { ask: work } },
  ),
  'a nested machine that ends': of(
    {
      initial: 'counting',
      states: {
        counting: {
          invoke: { id: 'down', src: 'down', input: { from: 3 }, onDone: 'done', onSnapshot: { actions: log() } },
        },
        done: final,
      },
    },
    { actors: { down: countdown } },
  ),
  'a nested machine that rests until it is left': of(
    {
      initial: 'busy',
      states: { busy: { invoke: { id: 'side', src: 'side' }, on: { end: 'done' } }, done: final },
    },
    { actors: { side: of({ initial: 'told', states: { told: { entry: sendParent({ type: 'end' }) } } }) } },
  ),
  'a parent that only keeps children': of(
    {
      entry: [spawnChild('tally', { id: 'tally' }), assign(({ spawn }) => ({ more: spawn('tally' as never) }))],
    },
    { actors: { tally: fromTransition((sum: number) => sum, 0) } },
  ),
  'children that come and go': of(
    {
      context: { id: 'x' },
      on: {
        start: {
          actions: spawnChild('down', {
            id: ({ context }: { context: Record<string, unknown> }) => context['id'] as string,
          }),
        },
        stop: { actions: stopChild('x') },
        tell: {
          actions: [
            forwardTo('x'),
            sendTo('x', { type: 'hello' }, { id: 'later', delay: 'soon' as never }),
            cancel('later'),
          ],
        },
      },
    },
    { actors: { down: countdown }, delays: { soon: 10 } },
  ),
  'every built-in action and guard': of(
    {
      id: 'all',
      initial: { target: 'a', actions: log('start') },
      context: { list: [1, { x: null }], text: '' },
      states: {
        a: {
          entry: [
            assign({ text: 'x', list: () => [2] }),
            enqueueActions(({ enqueue }) => enqueue('whatever' as never)),
            emit({ type: 'out' }),
            raise({ type: 'go' }),
            raise({ type: 'late' }, { id: 'late', delay: 100 }),
            { type: 'note', params: { text: 'hi' } },
          ],
          exit: cancel('late'),
          on: {
            go: [
              {
                guard: and(['isA', not('isB'), or([stateIn('a'), () => true])] as never),
                target: 'b',
                actions: 'note',
              },
              { guard: { type: 'isA', params: { x: 1 } }, target: 'c', meta: { x: 1 } },
            ],
            'late.*': { target: 'c', description: 'any of these' },
            '*': { actions: [] },
          },
        },
        b: { always: [{ guard: 'isB', target: 'a' }, 'c'] },
        c: { id: 'end', type: 'final', output: { x: 1 } },
      },
      output: ({ event }: { event: { output: unknown } }) => event.output,
    },
    { actions: { note: noop }, guards: { isA: () => true, isB: not('isA' as never) } },
  ),
  routes: of(
    {
      id: 'tabs',
      initial: 'one',
      states: { one: { id: 'one', route: {} }, two: { id: 'two', route: { guard: 'isOpen' } } },
    },
    { guards: { isOpen: () => true } },
  ),
  'targets in several regions': of({
    id: 'multi',
    initial: 'idle',
    states: {
      idle: { on: { go: { target: ['#l2', '#r2'] } } },
      both: {
        type: 'parallel',
        states: {
          l: { initial: 'l1', states: { l1: {}, l2: { id: 'l2', on: { end: '#multi.done' } } } },
          r: { initial: 'r1', states: { r1: {}, r2: { id: 'r2' } } },
        },
      },
      done: final,
    },
  }),
  'a first state that is never entered': of({
    id: 'deep',
    initial: 'x',
    states: {
      x: { on: { go: 'group.two' } },
      group: { initial: 'one', states: { one: {}, two: { on: { end: '#deep.done' } } } },
      done: final,
    },
  }),
  'setup() with types': setup({
    types: {} as { context: { n: number }; events: { type: 'go' }; tags: 'busy' },
    actions: { note: noop },
    guards: { isMuch: ({ context }) => context.n > 3 },
    delays: { soon: 5 },
  }).createMachine({
    context: { n: 0 },
    initial: 'a',
    states: {
      a: { tags: 'busy', on: { go: { guard: 'isMuch', actions: 'note', target: 'b' } }, after: { soon: 'b' } },
      b: final,
    },
  }),
};

describe('lint() of correct machines', () => {
  for (const [what, machine] of Object.entries(machines)) {
    it(`says nothing about ${what}`, () => {
      expect(lint(machine, { name: 'saga' })).toEqual([]);
    });
  }

  it('says nothing about the SCXML documents of the W3C, which all come to an end', () => {
    const documents = cases.filter(({ name }) => name.startsWith('w3c-ecma/'));

    expect(documents.length).toBeGreaterThan(150);
    for (const { name, makeMachine } of documents) expect(lint(makeMachine(), { name })).toEqual([]);
  });

  it('says of the other SCXML documents only where they rest', () => {
    const codes = cases.flatMap(({ name, makeMachine }) => lint(makeMachine(), { name }).map(({ code }) => code));

    expect([...new Set(codes)]).toEqual(['dead-end']);
  });
});
