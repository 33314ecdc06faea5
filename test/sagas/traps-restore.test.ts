// The traps of XState around storing and restoring a machine and its actors, by their numbers.
import { assign, fromTransition, sendParent, sendTo, spawnChild, stopChild } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { step } from '../../src/sagas/step.ts';
import { launch } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, doing, machineOf, makeWorker, ownContext, Play, Poked, sagaOf, work } from './trap-kit.ts';

const over = { type: 'final' };
const add = assign({ n: ({ context }: { context: { n?: number } }) => (context.n ?? 0) + 1 } as never);

describe('a restored machine', () => {
  it('trap 1: finds its way back into deep history', () => {
    const inner = { initial: 'c', states: { c: { on: { go: 'd' } }, d: {} } };
    const on = {
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: inner, last: { type: 'history', history: 'deep' } },
      on: { leave: 'off' },
    };
    const play = new Play(machineOf({ initial: 'on', states: { on, off: { on: { back: 'on.last' } } } }));
    for (const event of ['go', 'go', 'leave', 'back']) play.send(event);

    expect(play.value).toEqual({ on: { b: 'd' } });
  });

  it('trap 20: has called its context factory once, however many messages came', async () => {
    const context = vi.fn(({ input }: { input: object }) => ({ ...input, n: 0 }));
    const on = { 'job.poked': { actions: add } };
    const flow = sagaOf(machineOf({ context, initial: 'a', states: { a: { on } } }));
    let launched = await launch({ sagas: [flow] });
    await launched.run(launched.runtime.publish(Begun, { id: '1' }));
    for (let i = 0; i < 3; i++) {
      launched = await crash(launched, { sagas: [flow] });
      await launched.run(launched.runtime.publish(Poked, { id: '1' }));
    }

    expect(launched.runtime.sagas.get(flow, '1')?.context).toMatchObject({ n: 3 });
    expect(context).toHaveBeenCalledOnce();
  });

  it('trap 21: has called the factories of nested machines once, and their system ids do not collide', () => {
    const [ofChild, ofGrandchild] = [vi.fn(() => ({})), vi.fn(() => ({}))];
    const grandchild = machineOf({ id: 'grandchild', context: ofGrandchild });
    const child = machineOf(
      { id: 'child', context: ofChild, invoke: { id: 'grandchild', src: 'grandchild', systemId: 'archive' } },
      { actors: { grandchild } },
    );
    const states = { a: { invoke: { id: 'child', src: 'child' }, on: { again: { target: 'a', reenter: true } } } };
    const play = new Play(machineOf({ initial: 'a', states }, { actors: { child } }));
    // The machine is played twice over: in memory and restored.
    expect([ofChild, ofGrandchild].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);

    play.send('unknown');
    play.send('again');

    expect([ofChild, ofGrandchild].map(({ mock }) => mock.calls.length)).toEqual([4, 4]);
    expect(play.snapshot.children).toMatchObject({
      child: { snapshot: { children: { grandchild: { systemId: 'archive', snapshot: { status: 'active' } } } } },
    });
  });

  it('trap 33: that is done is never stepped again', async () => {
    const entered = vi.fn(() => ({}));
    const states = { a: { on: { 'job.poked': 'b' } }, b: { type: 'final', entry: assign(entered) } };
    const machine = machineOf({ ...ownContext, initial: 'a', states, on: { '*': { actions: assign(entered) } } });
    const flow = sagaOf(machine);
    const launched = await launch({ sagas: [flow] });
    const { runtime, run } = launched;
    await run(runtime.publish(Begun, { id: '1' }));
    const calls = entered.mock.calls.length;
    await run(runtime.publish(Poked, { id: '1' }));

    const { correlationId } = (await run(runtime.publish(Poked, { id: '1' }))) as { correlationId: string };

    expect(entered).toHaveBeenCalledTimes(calls + 1);
    expect(runtime.trace(correlationId).roots[0]?.turns.map(({ outcome }) => outcome)).toEqual(['late']);
    const play = new Play(machine, { id: '1' });
    play.send('job.poked');
    expect(play.send('job.poked')).toMatchObject({ handled: false, status: 'done', effects: [{ kind: 'cancelAll' }] });
  });
});

describe('a restored child', () => {
  const waiting = { on: { end: 'over' } };
  const kid = machineOf({ id: 'kid', initial: 'waiting', states: { waiting, over } });
  const toKid = (type: string): object => ({ actions: sendTo('kid', { type }) });

  it('trap 9: has ended in the eyes of the machine when its reply comes', () => {
    const look = assign({ status: ({ self }) => self.getSnapshot().children['step']?.getSnapshot().status as unknown });
    const invoke = doing('step', { onDone: { actions: look }, onError: 'b' });
    const config = { context: { id: '1' }, initial: 'a', states: { a: { invoke }, b: {} } };
    const play = new Play(machineOf(config, { actors: { work: work() } }));
    const [started] = play.effects('start');

    play.settle(started!, { ok: true, output: { ok: true } });

    expect(play.context).toMatchObject({ status: 'done' });
    expect(play.snapshot.children).toMatchObject({ step: { snapshot: { status: 'done', output: { ok: true } } } });
  });

  it('trap 10: is found by its system id', () => {
    const tell = sendTo(({ system }) => system.get('archive') as never, { type: 'end' } as never);
    const config = { on: { tell: { actions: tell }, 'xstate.done.actor.kid': { actions: add } } };
    const invoke = { id: 'kid', src: 'kid', systemId: 'archive' };
    const play = new Play(machineOf({ context: {}, ...config, invoke }, { actors: { kid } }));

    play.send('tell');

    expect(play.context).toEqual({ n: 1 });
  });

  it('trap 10: that is gone is not mistaken for the sender: what is sent to it fails the step', () => {
    const play = new Play(machineOf({ on: { tell: toKid('end'), '*': { actions: add } } }, { actors: { kid } }));

    expect(() => play.send('tell')).toThrow("Unable to send event to actor 'kid'");
  });

  it('trap 12: reaches its parent', () => {
    const child = machineOf({ id: 'child', on: { ask: { actions: sendParent({ type: 'asked' }) } } });
    const on = { ask: toKid('ask'), asked: { actions: add } };
    const play = new Play(
      machineOf({ context: {}, on, invoke: { id: 'kid', src: 'kid' } }, { actors: { kid: child } }),
    );

    play.send('ask');
    play.send({ type: 'ask' }, '/kid');

    expect(play.context).toEqual({ n: 2 });
  });

  it('trap 13: tells its snapshot when it changes, not when it is restored', () => {
    const invoke = { id: 'kid', src: 'kid', onSnapshot: { actions: add } };
    const play = new Play(
      machineOf({ context: {}, invoke, on: { other: {}, end: toKid('idle') } }, { actors: { kid } }),
    );
    const told = (play.context as { n?: number }).n;
    for (let i = 0; i < 5; i++) play.send('other');
    expect(play.context).toEqual(told === undefined ? {} : { n: told });

    play.send('end');

    expect(play.context).toEqual({ n: (told ?? 0) + 1 });
  });

  it('trap 15: may have an id with dots and slashes', () => {
    const src = 'work';
    const input = { id: '1', what: 'x' };
    const part = machineOf(
      {
        id: 'part',
        invoke: { id: 'wait.y/~1', src, input, onDone: { actions: sendParent({ type: 'done.it' }) }, onError: {} },
      },
      { actors: { work: work() } },
    );
    const on = { 'done.it': { actions: add }, 'xstate.done.actor.a.b': { actions: add } };
    const entry = spawnChild('part', { id: 'a.b' } as never);
    const play = new Play(machineOf({ context: {}, on, entry }, { actors: { part } }));
    const [started] = play.effects('start');
    expect(started).toMatchObject({ path: '/a.b/wait.y~1~01', src: 'part/work' });

    play.settle(started!, { ok: true, output: { ok: true } });

    expect(play.context).toEqual({ n: 1 });
  });

  it('trap 21: may take over the system id of a sibling that is over', () => {
    const spawn = (id: string): object => ({ actions: spawnChild('kid', { id, systemId: 'archive' } as never) });
    const end = (id: string): object => ({ actions: sendTo(id, { type: 'end' }) });
    const on = { a: spawn('a'), b: spawn('b'), 'end-a': end('a'), 'end-b': end('b') };
    const play = new Play(machineOf({ on }, { actors: { kid } }));

    for (const event of ['a', 'end-a', 'b', 'end-b', 'a', 'end-a', 'b']) play.send(event);

    expect(play.snapshot.children).toMatchObject({ a: { snapshot: { status: 'done' } }, b: { systemId: 'archive' } });
  });

  it('may write to the state of its transition function', () => {
    const logic = fromTransition(
      (state: { n: number }) => {
        state.n += 1;
        return state;
      },
      { n: 0 },
    );
    const on = { count: { actions: sendTo('counter', { type: 'count' }) } };
    const play = new Play(machineOf({ invoke: { id: 'counter', src: 'logic' }, on }, { actors: { logic } }));
    for (let i = 0; i < 3; i++) play.send('count');
    expect(play.snapshot.children).toMatchObject({ counter: { snapshot: { context: { n: 3 } } } });

    // As loaded from the database: frozen.
    const machine = machineOf({ invoke: { id: 'counter', src: 'logic' }, on }, { actors: { logic } });
    const { snapshot } = step(
      machine,
      { snapshot: play.last.snapshot, seq: 9 },
      { kind: 'event', event: { type: 'count' } },
    );

    expect(snapshot).toMatchObject({ children: { counter: { snapshot: { context: { n: 4 } } } } });
  });

  it('trap 30: that is done stays in the snapshot until it is stopped, and leaves nothing then', () => {
    const on = {
      spawn: { actions: spawnChild('kid', { id: 'kid' }) },
      end: toKid('end'),
      stop: { actions: stopChild('kid') },
    };
    const play = new Play(machineOf({ on }, { actors: { kid } }));
    const size = JSON.stringify(play.snapshot).length;
    for (const event of ['spawn', 'end']) play.send(event);
    expect(play.snapshot.children).toMatchObject({ kid: { snapshot: { status: 'done' } } });

    play.send('stop');

    expect(JSON.stringify(play.snapshot)).toHaveLength(size);
  });
});

describe('a stored instance that its machine no longer fits', () => {
  const flowOf = (states: object): ReturnType<typeof sagaOf> =>
    sagaOf(
      machineOf(
        { ...ownContext, initial: Object.keys(states)[0], states },
        { actors: { work: work(), labour: work() } },
      ),
    );
  const asking = (src: string, id = 'step'): object => ({
    invoke: doing('slow', { id, src, onDone: 'over', onError: 'over' }),
  });
  const on = { 'job.poked': 'over' };

  const cases: readonly (readonly [title: string, before: object, after: object, why: string])[] = [
    [
      'trap 6: whose literal delay is another',
      { a: { after: { 1000: 'over' } }, over },
      { a: { after: { 2000: 'over' } }, over },
      'xstate.after.1000.m.a',
    ],
    ['trap 16: whose state is gone', { a: { on }, over }, { b: { on }, over }, 'The state m.a does not exist'],
    ['trap 17: whose actor has another name', { a: asking('work'), over }, { a: asking('labour'), over }, 'work'],
    ['trap 18: whose state now starts a step', { a: { on }, over }, { a: { ...asking('work'), on }, over }, 'step'],
    [
      'trap 19: before whose step another was added',
      { a: { invoke: doing('slow', { id: undefined, onDone: 'over', onError: 'over' }) }, over },
      {
        a: {
          invoke: [
            doing('slow', { id: undefined, src: 'labour', onDone: 'over', onError: 'over' }),
            doing('slow', { id: undefined, onDone: 'over', onError: 'over' }),
          ],
        },
        over,
      },
      'work',
    ],
  ];
  for (const [title, before, after, why] of cases) {
    it(`${title} is held, with everything as it was`, async () => {
      const { worker } = makeWorker();
      const first = await launch({ actors: [worker], sagas: [flowOf(before)] });
      await first.run(first.runtime.publish(Begun, { id: '1' }));
      const state = first.runtime.sagas.get(flowOf(before), '1')?.state;

      const { runtime, run } = await crash(first, { actors: [worker], sagas: [flowOf(after)] });
      await run(runtime.publish(Poked, { id: '1' }));

      expect(runtime.why({ name: 'flow' }, '1')).toMatchObject({ status: 'blocked' });
      expect(runtime.why({ name: 'flow' }, '1').text).toContain(why);
      const back = await launch({ actors: [worker], sagas: [flowOf(before)] }, { database: runtime.serialize() });
      expect(back.runtime.sagas.get(flowOf(before), '1')?.state).toEqual(state);
    });
  }

  it('trap 16: in a nested machine is refused by the step, not made an error of the child', () => {
    const part = (state: string): object =>
      machineOf({ id: 'part', initial: state, states: { [state]: { on: { go: state } } } });
    const around = (state: string): ReturnType<typeof machineOf> =>
      machineOf({ invoke: { id: 'part', src: 'part' }, on: { go: {} } }, { actors: { part: part(state) } });
    const { snapshot } = new Play(around('one')).last;

    const go = (): unknown => step(around('two'), { snapshot, seq: 2 }, { kind: 'event', event: { type: 'go' } });

    expect(go).toThrow(
      expect.objectContaining({ code: 'saga-held', message: expect.stringContaining("actor 'part'") }),
    );
  });

  it('trap 17: whose history names a state that is gone is refused by the step', () => {
    const machine = (state: string): ReturnType<typeof machineOf> => {
      const on = {
        initial: 'a',
        states: { a: { on: { go: state } }, [state]: {}, last: { type: 'history' } },
        on: { leave: 'off' },
      };
      return machineOf({ initial: 'on', states: { on, off: { on: { back: 'on.last' } } } });
    };
    const play = new Play(machine('b'));
    for (const event of ['go', 'leave']) play.send(event);

    const { snapshot } = play.last;
    const back = (): unknown => step(machine('c'), { snapshot, seq: 9 }, { kind: 'event', event: { type: 'back' } });

    expect(back).toThrow(expect.objectContaining({ code: 'saga-held', message: expect.stringContaining('m.on.b') }));
  });
});
