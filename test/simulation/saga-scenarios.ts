// Scenarios of the crash explorer about sagas: every kind of step, undone in the end or not, and what comes too late.
import { assign, raise } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineCommand, defineEvent, defineSaga, saga, task } from '../../src/index.ts';
import type { Saga, TaskArgs } from '../../src/index.ts';
import { machineOf } from '../sagas/trap-kit.ts';
import type { Play, Scenario } from './crash-explorer.ts';

interface Order {
  readonly id: string;
}

const data = z.object({ id: z.string(), what: z.string().default('') });
const about = { data, key: ({ id }: Order): string => id };
const Begun = defineEvent('trip.begun', about);
const Changed = defineEvent('trip.changed', about);
const Do = defineCommand('trip.do', { ...about, reply: z.object({ ok: z.boolean() }) });
const Undo = defineCommand('trip.undo', about);
const Answer = defineCommand('trip.answer', { ...about, data: data.extend({ ticket: z.string() }) });

const over = { type: 'final' };
const undone = { type: 'final', tags: 'compensate' };
const own = { context: ({ input }: { input: object }): object => input };
const input = ({ context }: { context: object }): object => context;
const doing = (what: string, more: object): object => ({
  id: what,
  src: 'work',
  input: ({ context: { id } }: { context: Order }) => ({ id, what: what === 'last' ? `${what} ${id}` : what }),
  onError: 'undone',
  ...more,
});
const work = (options: object = {}): unknown =>
  command(Do, { doneIf: ({ ok }) => ok, compensate: { send: Undo, data: (_, done) => done }, ...options });

/** Refuses what ends in `bad`, answers `late` after ten seconds. */
const makeWorker = () =>
  defineActor('worker', { state: () => ({ done: [] as string[] }), sends: [Answer], retry: { attempts: 1 } })
    .on(Do, (ctx, { id, what }) => {
      ctx.state.done.push(what);
      if (what !== 'late') return { ok: !what.endsWith('bad') };
      ctx.schedule(Answer, { id, what, ticket: ctx.replyTicket }, { after: '10s', id: what });
      return ctx.deferReply();
    })
    .on(Answer, (ctx, { ticket }) => ctx.reply(Do, ticket, { ok: true }))
    .on(Undo, (ctx, { what }) => void ctx.state.done.push(`undo ${what}`));

/** Does steps one after the other. */
function sequence(id: string, ...steps: readonly string[]) {
  const states = steps.map((what, at) => [what, { invoke: doing(what, { onDone: steps[at + 1] ?? 'over' }) }]);
  const config = { id, ...own, initial: steps[0], states: { ...Object.fromEntries(states), over, undone } };
  return machineOf(config, { actors: { work: work() } });
}

const define = (name: string, machine: unknown): Saga => defineSaga(name, { machine } as never) as unknown as Saga;
const begin =
  (ids: readonly string[]): Scenario['act'] =>
  runtime =>
    Promise.all(ids.map(id => runtime.publish(Begun, { id }, { idempotencyKey: `begin ${id}` })));

export const everyKind: Scenario = {
  name: 'a saga with a nested machine, a task, a child saga and a grandchild, which ends or is undone',
  play: () => {
    const effects: [string, string][] = [];
    const call = task(
      ({ idempotencyKey, input: order, attempt }: TaskArgs<Order>) => {
        effects.push([order.id, idempotencyKey]);
        if (attempt === 1) throw new Error('once');
        return { called: order.id };
      },
      { compensate: { send: Undo, data: ({ called }) => ({ id: called, what: 'call' }) } },
    );
    const grandchild = define('grandchild', sequence('grandchild', 'deep'));
    const nested = { id: 'kid', src: 'kid', input, onDone: 'last', onError: 'undone' };
    const childStates = { a: { invoke: nested }, last: { invoke: doing('child', { onDone: 'over' }) }, over, undone };
    const ofChild = { work: work(), kid: saga(grandchild as never) };
    const child = define('child', machineOf({ ...own, initial: 'a', states: childStates }, { actors: ofChild }));
    const keep = assign(({ event }: { event: { output?: unknown } }) => ({ got: event.output }) as never);
    const states = {
      part: { invoke: { id: 'part', src: 'part', input, onDone: 'call', onError: 'undone' } },
      call: { invoke: { id: 'call', src: 'call', input, onDone: { target: 'kid', actions: keep }, onError: 'undone' } },
      kid: { invoke: { id: 'kid', src: 'kid', input, onDone: 'waiting', onError: 'undone' } },
      waiting: { entry: raise({ type: 'go' }, { delay: 2_000 }), on: { go: 'last' } },
      last: { invoke: doing('last', { onDone: 'over' }) },
      over,
      undone,
    };
    const actors = { part: sequence('part', 'one', 'two'), call, kid: saga(child as never), work: work() };
    const trip = define('trip', machineOf({ ...own, initial: 'part', states }, { actors })).startsOn(Begun, d => d);
    return { app: { actors: [makeWorker()], sagas: [trip, child, grandchild] }, effects };
  },
  act: begin(['good', 'bad']),
};

export const tooLate: Scenario = {
  name: 'a saga that goes on without a late reply, is changed on its way, and undoes what comes after all',
  play: (): Play => {
    const states = {
      a: { invoke: doing('late', { src: 'patient', onDone: 'b', onError: 'b' }) },
      b: { on: { 'trip.changed': 'c' }, after: { long: 'undone' } },
      c: { invoke: doing('one', { onDone: 'd' }) },
      d: { after: { short: 'over' }, on: { 'trip.changed': { target: 'd', reenter: true } } },
      over,
      undone,
    };
    const actors = { patient: work({ timeout: '5s' }), work: work() };
    const machine = machineOf({ ...own, initial: 'a', states }, { actors, delays: { long: 3_600_000, short: 30_000 } });
    const flow = defineSaga('trip', { machine, unhandled: 'stash' } as never) as unknown as Saga;
    const trip = flow.startsOn(Begun, d => d).on(Changed as never);
    return { app: { actors: [makeWorker()], sagas: [trip] } };
  },
  act: async runtime => {
    await begin(['x', 'y'])(runtime, undefined as never);
    await runtime.publish(Changed, { id: 'x' }, { idempotencyKey: 'change x' });
  },
};

export const sagaScenarios: readonly Scenario[] = [everyKind, tooLate];
