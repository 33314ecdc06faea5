// The traps of XState that a saga refuses or survives at run time, where the lint cannot see them, by their numbers.
import { assign, enqueueActions, fromPromise, log, raise, sendParent, sendTo } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineEvent } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import {
  Begun,
  doing,
  machineOf,
  makeWorker,
  ownContext,
  Play,
  Poked,
  sagaOf,
  work,
  type Implementations,
} from './trap-kit.ts';

const over = { type: 'final' };
const refused = (message: string): object =>
  expect.objectContaining({ code: 'saga-refused', message: expect.stringContaining(message) }) as object;
const failing = (): never => {
  throw new Error('broken');
};

/** A machine that does `actions` on `go`. */
const onGo = (actions: unknown, implementations: Implementations = {}): Play =>
  new Play(machineOf({ context: {}, on: { go: { actions } } }, implementations));

describe('a delay that is found out at run time', () => {
  for (const [what, delay] of [
    ['no number', Number.NaN],
    ['without end', Infinity],
    ['before now', -1],
    ['text', '5m'],
  ] as const) {
    it(`trap 5: is refused when it is ${what}`, () => {
      const delayed = raise({ type: 'later' }, { delay: (() => delay) as never });
      const delays = { later: () => delay };
      const states = { a: { on: { go: 'b' } }, b: { after: { later: 'a' } } };

      expect(() => onGo(delayed).send('go')).toThrow(refused(`a delay of ${delay} ms`));
      expect(() => new Play(machineOf({ initial: 'a', states }, { delays })).send('go')).toThrow(
        refused(String(delay)),
      );
    });
  }

  it('trap 3: is refused when it has no value, instead of being over at once', () => {
    const states = { a: { on: { go: 'b' } }, b: { after: { later: 'a' } } };
    const play = new Play(machineOf({ initial: 'a', states }, { delays: { later: () => undefined } }));

    expect(() => play.send('go')).toThrow(refused('a delay of undefined ms'));
  });
});

describe('an action that is found out at run time', () => {
  const inline = enqueueActions(({ enqueue }) => enqueue(() => {}));

  it('is refused when it is an inline function, first in a nested machine too', () => {
    const inner = machineOf({ id: 'inner', entry: inline });
    const middle = machineOf({ id: 'middle', invoke: { id: 'inner', src: 'inner' } }, { actors: { inner } });
    const onError = { actions: assign({ taken: true } as never) };
    const invoke = { id: 'middle', src: 'middle', onError };

    expect(() => onGo(inline).send('go')).toThrow(refused('inline action'));
    expect(() => new Play(machineOf({ context: {}, invoke }, { actors: { middle } }))).toThrow(
      refused('inline action'),
    );
  });

  it('is refused when it has no implementation', () => {
    expect(() => onGo(enqueueActions(({ enqueue }) => enqueue('nothing' as never))).send('go')).toThrow(
      refused("unknown action 'nothing'"),
    );
  });

  it('gets actors as their ids and snapshots as they are stored', () => {
    const kid = machineOf({ id: 'kid', initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } });
    const context = ({ spawn }: { spawn: (src: string, options: object) => unknown }): object => ({
      kid: spawn('kid', { id: 'kid', syncSnapshot: true }),
    });
    const on = { go: { actions: [sendTo('kid', { type: 'go' }), 'note'] }, 'xstate.snapshot.kid': { actions: 'note' } };
    const play = new Play(machineOf({ context, on }, { actors: { kid }, actions: { note: () => {} } }));

    play.send('go');

    const [first, second] = play.effects('action');
    expect(first).toMatchObject({ context: { kid: { id: 'kid' } }, event: { type: 'go' } });
    expect(second).toMatchObject({
      event: { type: 'xstate.snapshot.kid', snapshot: { value: 'b', status: 'active' } },
    });
    expect(JSON.parse(JSON.stringify(second))).toEqual(second);
  });
});

describe('an actor that is found out at run time', () => {
  const kid = machineOf({ id: 'kid' });
  const spawning = (...of: readonly [unknown, object?]): unknown =>
    enqueueActions(({ enqueue }) => enqueue.spawnChild(...(of as [never])));

  it('trap 14: is refused without an id', () => {
    expect(() => onGo([spawning('kid'), spawning('kid')], { actors: { kid } }).send('go')).toThrow(
      refused('without an id'),
    );
  });

  it('is refused under a name that setup does not have', () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    expect(() => onGo(spawning('nobody', { id: 'kid' })).send('go')).toThrow(refused('logic it does not have'));
  });

  it('is refused before it runs when its logic has no name, a promise too', async () => {
    const ran: string[] = [];
    const live = fromPromise(async () => void ran.push('promise'));
    const spawn = assign(({ spawn: start }) => ({ live: start(live as never, { id: 'live' } as never) }));

    expect(() => onGo(spawning(live, { id: 'live' })).send('go')).toThrow(refused("'live' from logic without a name"));
    expect(() => onGo(spawn).send('go')).toThrow(refused("'live' from logic without a name"));
    await Promise.resolve();

    expect(ran).toEqual([]);
  });

  it('trap 11: is refused in a context that is not that of its parent', () => {
    const child = machineOf({ id: 'child', context: ({ input }: { input: object }) => input });
    const input = ({ self }: { self: object }): object => ({ parent: self });
    const invoke = { id: 'child', src: 'child', input };

    expect(() => new Play(machineOf({ invoke }, { actors: { child } }))).toThrow(refused("holds the actor 'm'"));
  });

  it('trap 10: is refused as a target outside the machine', () => {
    const foreign = { send: () => {}, id: 'foreign' };

    expect(() => onGo(sendTo(foreign as never, { type: 'x' } as never)).send('go')).toThrow(refused('not part of it'));
    expect(() => onGo(sendTo(foreign as never, { type: 'x' } as never, { delay: 1 })).send('go')).toThrow(
      refused('not part of it'),
    );
    expect(() => onGo(sendParent({ type: 'x' })).send('go')).toThrow("Unable to send event to actor '#_parent'");
  });
});

describe('data that JSON would change', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  for (const [what, value] of [
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a RegExp', /x/],
    ['a class', new (class Order {})()],
    ['NaN', Number.NaN],
    ['a function', () => {}],
    ['a bigint', 1n],
    ['a cycle', cycle],
  ] as const) {
    it(`trap 22: is refused in a context with its path: ${what}`, () => {
      const play = onGo(assign({ items: [{}, { due: value }] } as never));

      expect(() => play.send('go')).toThrow(
        expect.objectContaining({ code: 'not-json', message: expect.stringContaining('context.items[1].due') }),
      );
      expect(play.context).toEqual({});
    });
  }

  it('trap 22: becomes what JSON says where nothing is lost: no undefined, errors as data', () => {
    const error = Object.assign(new Error('no'), { code: 'E1' });
    const play = onGo(assign({ none: undefined, error } as never));

    play.send('go');

    expect(play.context).toEqual({ error: { name: 'Error', message: 'no', code: 'E1' } });
  });

  it('trap 23: is not lost when it is why an instance has failed', async () => {
    const { worker } = makeWorker();
    const part = machineOf({ id: 'part', type: 'final', entry: assign(failing) });
    const states = { a: { invoke: { id: 'part', src: 'part', onError: { target: 'over', guard: 'never' } } }, over };
    const implementations = { actors: { part }, guards: { never: () => false } };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, implementations));
    const launched = await begun({ actors: [worker], sagas: [flow] });

    const error = { name: 'Error', message: 'broken', code: 'error' };
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'failed', error });
  });
});

describe('a failure', () => {
  it('trap 24: of a step that nothing takes undoes what was done', async () => {
    const { worker, log: done } = makeWorker();
    const never = { target: 'over', guard: 'never' };
    const states = {
      a: { invoke: doing('good', { onDone: 'b', onError: never }) },
      b: { invoke: doing('bad', { onDone: 'over', onError: never }) },
      over,
    };
    const implementations = { actors: { work: work() }, guards: { never: () => false } };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, implementations));
    const { runtime } = await begun({ actors: [worker], sagas: [flow] });

    expect(done).toEqual(['do good', 'do bad', 'undo good']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'compensated', error: { code: 'refused' } });
  });

  it('trap 25: of a guard or an assign changes nothing, and the next event is taken', () => {
    const on = {
      guard: { guard: failing },
      assign: { actions: assign(failing) },
      go: { actions: assign({ n: 1 } as never) },
    };
    const play = new Play(machineOf({ context: {}, on }));

    expect(() => play.send('guard')).toThrow('broken');
    expect(() => play.send('assign')).toThrow('broken');
    play.send('go');

    expect(play.context).toEqual({ n: 1 });
  });

  it('trap 25: of an assign that writes to the context it is given is one as well', () => {
    const write = assign(
      ({ context }: { context: { items: number[] } }) => ({ items: (context.items.push(1), context.items) }) as never,
    );
    const play = new Play(machineOf({ context: { items: [] }, on: { go: { actions: write } } }));

    expect(() => play.send('go')).toThrow(TypeError);
    expect(play.context).toEqual({ items: [] });
  });

  it('trap 25: of the machine itself is not taken for one of the child whose event it handles', () => {
    const child = machineOf({ id: 'child', on: { go: { actions: sendParent({ type: 'gone' }) } } });
    const onError = { actions: assign({ blamed: true } as never) };
    const on = { gone: { actions: assign(failing) } };
    const play = new Play(
      machineOf({ context: {}, on, invoke: { id: 'child', src: 'child', onError } }, { actors: { child } }),
    );

    expect(() => play.send({ type: 'go' }, '/child')).toThrow('broken');

    expect(play.context).toEqual({});
  });

  it('trap 25: of a nested machine is its own, and reaches the machine around it', () => {
    const child = machineOf({ id: 'child', initial: 'a', states: { a: { on: { go: { guard: failing } } } } });
    const onError = { actions: assign(({ event }) => ({ why: event['error'] as unknown })) };
    const play = new Play(
      machineOf({ context: {}, invoke: { id: 'child', src: 'child', onError } }, { actors: { child } }),
    );

    play.send({ type: 'go' }, '/child');

    expect(play.context).toMatchObject({
      why: { name: 'Error', message: expect.stringContaining('broken') as string },
    });
  });
});

describe('a machine that is never done with one event', () => {
  const loops: readonly (readonly [what: string, machine: object, implementations?: Implementations])[] = [
    ['raises it again', { on: { go: { actions: raise({ type: 'go' }) } } }],
    ['sends it to itself', { on: { go: { actions: sendTo(({ self }) => self, { type: 'go' } as never) } } }],
    [
      'exchanges it with a child',
      { on: { go: { actions: sendTo('echo', { type: 'go' }) } }, invoke: { id: 'echo', src: 'echo' } },
      { actors: { echo: machineOf({ id: 'echo', on: { go: { actions: sendParent({ type: 'go' }) } } }) } },
    ],
    [
      'goes round in circles',
      { initial: 'a', states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: { always: 'b' } } },
    ],
  ];
  for (const [what, config, implementations] of loops) {
    it(`trap 28: ends when it ${what}`, () => {
      const machine = machineOf(config, implementations);
      sagaOf(machine);
      const play = new Play(machine);

      expect(() => play.send('go')).toThrow(/Infinite loop|Break the cycle/);
    });
  }
});

describe('an event', () => {
  it('trap 26: of XState cannot come from outside', () => {
    for (const type of ['xstate.done.actor.x', 'xstate.after.1.m', 'xstate.stop', 'xstate.init', 'troupe.settled']) {
      expect(() => defineEvent(type as never, { data: z.object({}), key: () => '1' })).toThrow(
        expect.objectContaining({ code: 'reserved-type' }),
      );
    }
  });

  it('trap 31: that a machine sends itself while it decides is handled after that', () => {
    const send = assign(({ self }: { self: { send(event: object): void } }) => {
      self.send({ type: 'sent' });
      return {};
    });
    const play = new Play(
      machineOf({ context: {}, on: { go: { actions: send }, sent: { actions: assign({ n: 1 } as never) } } }),
    );

    play.send('go');

    expect(play.context).toEqual({ n: 1 });
  });
});

describe('a line of the log', () => {
  it('carries what the machine says', async () => {
    const actions = [log('hello'), log(({ context }) => context, 'is')];
    const states = { a: { on: { 'job.poked': { target: 'over', actions } } }, over };
    const { runtime, run, logs } = await begun({ sagas: [sagaOf(machineOf({ ...ownContext, initial: 'a', states }))] });

    await run(runtime.publish(Poked, { id: '1' }));

    expect(logs.filter(({ level }) => level === 'info').map(({ fields }) => fields)).toMatchObject([
      { address: 'flow/1', value: 'hello' },
      { address: 'flow/1', label: 'is', value: { id: '1' } },
    ]);
  });
});

async function begun(app: Parameters<typeof launch>[0]): Promise<Launched> {
  const launched = await launch(app);
  await launched.run(launched.runtime.publish(Begun, { id: '1' }));
  return launched;
}
