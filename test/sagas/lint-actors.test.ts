// Each rule of the lint about actors refuses what it is for, and leaves the nearest correct machine alone.
import {
  assign,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  spawnChild,
} from 'xstate';
import { describe } from 'vitest';
import { invoke, machineOf, refuses, stateOf, work, type Case } from './lint-kit.ts';

const noop = (): void => {};
const inner = machineOf({ id: 'inner' });

const actors: readonly Case[] = [
  {
    code: 'actor-unknown',
    what: 'an unknown actor of an invoke',
    refused: stateOf(invoke({ src: 'charg' }), { actors: { charge: work } }),
    path: 'saga.a -> invoke charg',
    says: "starts the unknown actor 'charg'. Add actors: { charg: … } to setup, or correct the name (charge).",
    allowed: [stateOf(invoke({ src: 'charge' }), { actors: { charge: work } })],
  },
  {
    code: 'actor-unknown',
    what: 'an unknown actor of spawnChild',
    refused: stateOf({ entry: spawnChild('nobody', { id: 'n' }) }),
    path: 'saga.a -> entry -> spawnChild n',
    says: "starts the unknown actor 'nobody'",
    allowed: [stateOf({ entry: spawnChild('somebody', { id: 's' }) }, { actors: { somebody: inner } })],
  },
  {
    code: 'actor-inline',
    what: 'inline logic of an invoke, but what is named in setup',
    refused: stateOf(invoke({ id: 'charge', src: work })),
    path: 'saga.a -> invoke charge',
    says: 'starts inline logic. Name it in setup({ actors })',
    allowed: [
      stateOf(invoke({ src: 'p' }), { actors: { p: fromPromise(() => Promise.resolve(1)) } }),
      stateOf(invoke({ src: 't' }), { actors: { t: fromTransition(state => state, 0) } }),
      stateOf(invoke({ src: 'm' }), { actors: { m: inner } }),
    ],
  },
  {
    code: 'actor-inline',
    what: 'inline logic of spawnChild',
    refused: stateOf({ entry: spawnChild(inner, { id: 'c' }) }),
    path: 'saga.a -> entry -> spawnChild c',
    says: 'starts inline logic',
    allowed: [stateOf({ entry: spawnChild('c', { id: 'c' }) }, { actors: { c: inner } })],
  },
  ...([fromCallback(noop as never), fromObservable(noop as never), fromEventObservable(noop as never)] as const).map(
    (logic, index): Case => ({
      code: 'actor-live',
      what: `${['callback', 'observable', 'event observable'][index]} logic`,
      refused: stateOf(invoke({ src: 'ticker' }), { actors: { ticker: logic } }),
      path: 'saga -> actor ticker',
      says: `is ${index === 0 ? 'callback' : 'observable'} logic, which lives in memory. Use command() or task()`,
      allowed: [stateOf(invoke({ src: 'ticker' }), { actors: { ticker: work } })],
    }),
  ),
  {
    code: 'actor-live',
    what: 'inline callback logic',
    refused: stateOf(invoke({ src: fromCallback(noop) })),
    path: 'saga.a -> invoke 1',
    says: 'is callback logic',
    allowed: [stateOf(invoke({ src: 'p' }), { actors: { p: work } })],
  },
  {
    code: 'actor-live',
    what: 'a placeholder that nobody provided',
    refused: stateOf(invoke({ src: 'later' }), { actors: { later: {} } }),
    path: 'saga -> actor later',
    says: 'is no logic that can be stored',
    allowed: [stateOf(invoke({ src: 'later' }), { actors: { later: work } })],
  },
  {
    code: 'missing-child-id',
    what: 'spawnChild without an id (trap 14)',
    refused: stateOf({}, { actors: { c: inner }, actions: { start: spawnChild('c') } }),
    path: 'saga -> action start -> spawnChild c',
    says: 'spawns a child without an id',
    allowed: [
      stateOf({}, { actors: { c: inner }, actions: { start: spawnChild('c', { id: 'c' }) } }),
      stateOf({}, { actors: { c: inner }, actions: { start: spawnChild('c', { id: () => 'c' }) } }),
    ],
  },
];

const failing = { invoke: { id: 'charge', src: 'charge', onDone: 'b' } };
const failures: readonly Case[] = [
  {
    code: 'missing-on-error',
    what: 'a command without onError (trap 24)',
    refused: stateOf(failing, { actors: { charge: work } }),
    path: 'saga.a -> invoke charge',
    says: 'may fail, and nothing takes its failure. Add onError to the invoke',
    allowed: [
      stateOf({ invoke: { ...failing.invoke, onError: 'b' } }, { actors: { charge: work } }),
      stateOf({ invoke: { ...failing.invoke, onError: { actions: assign({}) } } }, { actors: { charge: work } }),
      ...['xstate.error.actor.charge', 'xstate.error.*', 'xstate.*', '*'].map(type =>
        machineOf({ on: { [type]: '.b' }, states: { a: failing, b: { type: 'final' } } }, { actors: { charge: work } }),
      ),
      stateOf(
        { ...failing, initial: 'x', states: { x: { on: { 'xstate.error.actor.charge': '#m.b' } } } },
        { actors: { charge: work } },
      ),
      stateOf({ invoke: { src: 'm' } }, { actors: { m: inner } }),
      stateOf({ invoke: { src: 't' } }, { actors: { t: fromTransition(state => state, 0) } }),
    ],
  },
  {
    code: 'missing-on-error',
    what: 'a promise whose failure only a state takes that is over by then (trap 24)',
    refused: machineOf(
      { states: { a: failing, b: { on: { '*': 'c' } }, c: { type: 'final' } } },
      { actors: { charge: fromPromise(() => Promise.resolve(1)) } },
    ),
    path: 'saga.a -> invoke charge',
    says: 'nothing takes its failure',
    allowed: [
      machineOf(
        {
          type: 'parallel',
          initial: undefined,
          states: {
            a: { ...failing, invoke: { ...failing.invoke, onDone: undefined } },
            b: { on: { '*': '.c' }, initial: 'd', states: { d: {}, c: { type: 'final' } } },
          },
        },
        { actors: { charge: fromPromise(() => Promise.resolve(1)) } },
      ),
    ],
  },
  {
    code: 'missing-on-error',
    what: 'a failure that is only taken for actors of another name (trap 24)',
    refused: machineOf(
      { on: { 'xstate.error.actor.char.*': '.b' }, states: { a: failing, b: { type: 'final' } } },
      { actors: { charge: work } },
    ),
    path: 'saga.a -> invoke charge',
    says: 'nothing takes its failure',
    allowed: [
      machineOf(
        { on: { 'xstate.error.actor.charge.*': '.b' }, states: { a: failing, b: { type: 'final' } } },
        { actors: { charge: work } },
      ),
    ],
  },
  {
    code: 'missing-on-error',
    what: 'a spawned command whose failure nothing takes anywhere (trap 24)',
    refused: stateOf({ entry: spawnChild('charge', { id: 'charge' }) }, { actors: { charge: work } }),
    path: 'saga.a -> entry -> spawnChild charge',
    says: "Add a transition on 'xstate.error.actor.charge'",
    allowed: [
      machineOf(
        {
          states: {
            a: { entry: spawnChild('charge', { id: 'charge' }), on: { end: 'b' } },
            b: { on: { 'xstate.error.actor.charge': 'c' } },
            c: { type: 'final' },
          },
        },
        { actors: { charge: work } },
      ),
      stateOf({ entry: spawnChild('charge', { id: () => 'c' }) }, { actors: { charge: work } }),
    ],
  },
];

describe('lint() of actors', () => {
  refuses([...actors, ...failures]);
});
