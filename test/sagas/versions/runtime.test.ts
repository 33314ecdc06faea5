// Versions through the runtime: instances of an older machine after a deploy, in a file, with nothing but a new start.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup } from 'xstate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  checkDatabase,
  command,
  createRuntime,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  enterMissingStates,
  migration,
  renameDelay,
  renameState,
  startMissingInvokes,
  startMissingTimers,
  task,
  type Migration,
  type TaskArgs,
} from '../../../src/index.ts';
import { launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const about = { data: z.object({ id: z.string() }), key: (d: { id: string }): string => d.id };
const Opened = defineEvent('ticket.opened', about);
const Closed = defineEvent('ticket.closed', about);
const Tell = defineCommand('desk.tell', { ...about, reply: z.object({ ok: z.boolean() }) });

const types = {} as {
  input: { readonly id: string };
  context: { readonly id: string };
  events: { type: 'ticket.closed' };
};

/** Version 1 only waits. */
const waiting = setup({ types, delays: { hour: 3_600_000 } }).createMachine({
  id: 'ticket',
  context: ({ input }) => input,
  initial: 'waiting',
  states: {
    waiting: { on: { 'ticket.closed': 'done' }, after: { hour: 'late' } },
    done: { type: 'final' },
    late: { type: 'final' },
  },
});

/** Version 2 names the state otherwise, tells the desk while it waits, and is patient for a day. */
const telling = setup({
  types,
  actors: { tell: command(Tell) },
  delays: { hour: 3_600_000, day: 86_400_000 },
}).createMachine({
  id: 'ticket',
  context: ({ input }) => input,
  initial: 'open',
  states: {
    open: {
      invoke: { id: 'tell', src: 'tell', input: ({ context }) => context, onDone: '.told', onError: 'late' },
      on: { 'ticket.closed': 'done' },
      initial: 'untold',
      states: { untold: {}, told: {} },
      after: { day: 'late' },
    },
    done: { type: 'final' },
    late: { type: 'final' },
  },
});

const v1 = defineSaga('ticket', { machine: waiting })
  .startsOn(Opened, d => d)
  .on(Closed as never);
const v2 = (...changes: Migration[]) =>
  defineSaga('ticket', { machine: telling, version: 2, migrate: { 1: migration(...changes) } })
    .startsOn(Opened, d => d)
    .on(Closed as never);
const whole = v2(
  renameState('ticket.waiting', 'ticket.open'),
  renameDelay('hour', 'day'),
  enterMissingStates(),
  startMissingInvokes(),
  startMissingTimers(),
);

function desk() {
  const told: string[] = [];
  const actor = defineActor('desk').on(Tell, (_ctx, { id }) => {
    told.push(id);
    return { ok: true };
  });
  return { actor, told };
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-versions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a deploy', () => {
  it('migrates what lives without waiting for a message: missing steps start, once', async () => {
    const database = join(folder, 'app.db');
    const { actor, told } = desk();
    const old = await createRuntime(defineApp({ sagas: [v1] }), { database });
    await old.publish(Opened, { id: '1' });
    await old.publish(Opened, { id: '2' });
    await old.settled();
    await old.stop();
    const app = defineApp({ actors: [actor], sagas: [whole] });
    expect(checkDatabase(app, database)).toMatchObject({
      ok: true,
      sagas: [{ name: 'ticket', states: [{ version: 1, state: 'waiting', count: 2, verdict: 'migrates' }] }],
    });

    for (let start = 0; start < 2; start += 1) {
      await using runtime = await createRuntime(app, { database });
      await runtime.settled();
      expect(runtime.sagas.get(whole, '1')).toMatchObject({ status: 'running', state: { open: 'told' } });
    }

    expect(told.toSorted()).toEqual(['1', '2']);
    expect(checkDatabase(app, database)).toMatchObject({
      ok: true,
      sagas: [{ states: [{ version: 2, verdict: 'loads' }] }],
    });
  });

  it('tells each instance once, those too that need nothing but a new name', async () => {
    const database = join(folder, 'app.db');
    const old = await createRuntime(defineApp({ sagas: [v1] }), { database });
    await old.publish(Opened, { id: '1' });
    await old.stop();
    const same = defineSaga('ticket', { machine: waiting, version: 2, migrate: { 1: migration() } })
      .startsOn(Opened, d => d)
      .on(Closed as never);

    const turns: number[] = [];
    for (let start = 0; start < 2; start += 1) {
      await using runtime = await createRuntime(defineApp({ sagas: [same] }), { database });
      await runtime.settled();
      turns.push(runtime.sagas.history(same, '1').length);
    }

    expect(turns).toEqual([2, 2]);
  });

  it('keeps the time of a renamed timer, and lets it fire under its new name', async () => {
    const { actor } = desk();
    const first = await launch({ sagas: [v1] });
    await first.run(first.runtime.publish(Opened, { id: '1' }));
    const { runtime, run, platform } = await crash(first, { actors: [actor], sagas: [whole] });
    await run(runtime.publish(Opened, { id: '1' }));
    expect(runtime.sagas.get(whole, '1')?.timers).toMatchObject([{ id: 'xstate.after.day.ticket.open' }]);

    await platform.advance(3_600_000);

    expect(runtime.sagas.get(whole, '1')).toMatchObject({ state: 'late', status: 'done', timers: [] });
  });

  it('that forgot a step of the migration holds the instances, says why, and lets them go with the next one', async () => {
    const { actor } = desk();
    const first = await launch({ sagas: [v1] });
    await first.run(first.runtime.publish(Opened, { id: '1' }));
    const half = v2(renameState('ticket.waiting', 'ticket.open'), renameDelay('hour', 'day'));
    const second = await crash(first, { actors: [actor], sagas: [half] });
    await second.run(second.runtime.publish(Closed, { id: '1' }));
    expect(second.runtime.sagas.get(half, '1')).toMatchObject({ status: 'held' });
    expect(second.runtime.why(half, '1').text).toContain('startMissingInvokes');

    const { runtime, settled } = await crash(second, { actors: [actor], sagas: [whole] });
    await settled();

    expect(runtime.sagas.get(whole, '1')).toMatchObject({ status: 'done', state: 'done' });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('that cannot load an instance leaves its task waiting, and going back lets it end as if nothing had been', async () => {
    let finish = (): void => {};
    const calls: number[] = [];
    const job = task(({ attempt }: TaskArgs<{ id: string }>) => {
      calls.push(attempt);
      return new Promise<void>(resolve => (finish = resolve));
    });
    const make = (version: number) => {
      const machine = setup({
        types: {} as { input: { id: string }; context: { id: string } },
        actors: { job },
      }).createMachine({
        id: 'jobs',
        context: ({ input }) => input,
        initial: 'working',
        states: {
          working: {
            invoke: { id: 'job', src: 'job', input: ({ context }) => context, onDone: 'done', onError: 'failed' },
          },
          done: { type: 'final' },
          failed: { type: 'final' },
        },
      });
      return defineSaga('jobs', { machine, version }).startsOn(Opened, d => d);
    };
    const first = await launch({ sagas: [make(1)] });
    await first.run(first.runtime.publish(Opened, { id: '1' }));
    const bad = await crash(first, { sagas: [make(2)] });
    await bad.settled();
    expect(bad.runtime.why({ name: 'jobs' }, '1').status).toBe('blocked');
    expect(calls).toEqual([1]);

    const back = await crash(bad, { sagas: [make(1)] });
    await back.settled();
    finish();
    await back.settled();

    expect(calls).toEqual([1, 1]);
    expect(back.runtime.sagas.get(make(1), '1')).toMatchObject({ status: 'done', state: 'done' });
  });
});
