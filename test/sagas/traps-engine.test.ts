// The traps of XState that lie in the library itself: another copy of it, and what it keeps per event type.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as own from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { launch } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, doing, machineOf, makeWorker, Nudged, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

type XState = Pick<typeof own, 'createMachine' | 'assign' | 'raise' | 'sendParent' | 'StateMachine'>;

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('xstate'));
const over = { type: 'final' };

/** Other builds of the installed release are other copies: none of their classes is one of ours. */
const copies: readonly (readonly [string, () => Promise<XState>])[] = [
  ['CommonJS', () => Promise.resolve(require(join(folder, 'xstate.cjs.js')) as XState)],
  ['CommonJS for development', () => Promise.resolve(require(join(folder, 'xstate.development.cjs.js')) as XState)],
  ['ES modules', async () => (await import(pathToFileURL(join(folder, 'xstate.esm.js')).href)) as XState],
];

describe('a machine made by another copy of XState', () => {
  for (const [name, load] of copies) {
    it(`trap 32: runs like one of ours, also nested in one and around one: ${name}`, async () => {
      const copy = await load();
      const { worker, log } = makeWorker();
      const part = (create: XState['createMachine'], { assign, sendParent }: XState): own.AnyStateMachine => {
        const more = {
          onDone: { target: 'over', actions: [assign({ done: true }), sendParent({ type: 'told' })] },
          onError: 'over',
        };
        const states = { a: { invoke: doing('good', more), after: { patience: 'over' } }, over };
        const machine = create({ id: 'part', ...ownContext, initial: 'a', states } as never);
        return machine.provide({ actors: { work: work() }, delays: { patience: 60_000 } } as never);
      };
      const around = (
        create: XState['createMachine'],
        { assign, raise }: XState,
        kid: own.AnyStateMachine,
      ): own.AnyStateMachine => {
        const input = ({ context }: { context: object }): object => context;
        const states = {
          a: { invoke: { id: 'part', src: 'part', input, onDone: 'b', onError: 'b' } },
          b: { entry: raise({ type: 'again' }), on: { again: 'c' } },
          c: { on: { 'job.poked': 'over' } },
          over,
        };
        const on = { told: { actions: assign({ told: true } as never) } };
        const machine = create({ id: 'm', ...ownContext, initial: 'a', on, states } as never);
        return machine.provide({ actors: { part: kid } } as never);
      };
      const both = [own, copy] as const;
      for (const outer of both) {
        for (const inner of both) {
          const flow = sagaOf(around(outer.createMachine, outer, part(inner.createMachine, inner)));
          const app = { actors: [worker], sagas: [flow] };
          const first = await launch(app);
          await first.run(first.runtime.pause(worker));
          await first.run(first.runtime.publish(Begun, { id: '1' }));
          const { runtime, run } = await crash(first, app);
          await run(runtime.resume(worker));
          await run(runtime.publish(Poked, { id: '1' }));

          expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', context: { told: true } });
        }
      }
      expect(log).toHaveLength(4);
    });
  }

  it('is none of ours', async () => {
    const classes = (await Promise.all(copies.map(([, load]) => load()))).map(({ StateMachine }) => StateMachine);

    expect(new Set([own.StateMachine, ...classes]).size).toBe(copies.length);
  });
});

describe('a machine with very many instances', () => {
  it('trap 29: keeps nothing of them: a thousand keys look up their transitions as often as ten', async () => {
    const states = { a: { on: { 'job.poked': 'b' } }, b: { on: { 'job.nudged': 'over' } }, over };
    const machine = machineOf({ ...ownContext, initial: 'a', states });
    const [a] = Object.values(machine.root.states);
    // XState looks at the transitions of a state once per type of event, and keeps what it has found.
    const looked = vi.spyOn(a!.transitions, 'keys');
    const flow = sagaOf(machine);
    const { runtime, run } = await launch({ sagas: [flow] });
    const play = async (ids: readonly string[]): Promise<void> => {
      for (const event of [Begun, Poked, Nudged]) await run(Promise.all(ids.map(id => runtime.publish(event, { id }))));
    };
    await play(Array.from({ length: 10 }, (_, n) => `early-${n}`));
    const early = looked.mock.calls.length;

    await play(Array.from({ length: 1_000 }, (_, n) => `late-${n}`));

    expect(early).toBeGreaterThan(0);
    expect(looked).toHaveBeenCalledTimes(early);
    expect(runtime.sagas.list(flow, { status: 'done', limit: 2_000 })).toHaveLength(1_010);
  });
});
