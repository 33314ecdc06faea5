// What checkDatabase says of open work that a deploy has nobody for, and that the start says the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import {
  checkDatabase,
  defineActor,
  defineApp,
  defineSaga,
  expect as monitor,
  type App,
  type DatabaseReport,
  type Saga,
} from '../../src/index.ts';
import { commandOf, eventOf, launch } from '../support/kernel-kit.ts';

const Happened = eventOf('orphan.happened');
const Answered = eventOf('orphan.answered');
const Do = commandOf('orphan.do');
const Work = commandOf('orphan.work');
const Ring = commandOf('orphan.ring');

const folder = mkdtempSync(join(tmpdir(), 'troupe-check-orphans-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const workerOf = (name = 'worker', options: object = {}) =>
  defineActor(name, { state: () => ({ n: 0 }), sends: [Do], ...options })
    .on(Do, (ctx, { n }) => {
      if (n === 9) ctx.schedule(Do, { n: 1 }, { after: '1h', id: 'later' });
      return n;
    })
    .on(Happened, ctx => void ctx.state.n++)
    .task(Work, () => new Promise<never>(() => {}));
const bell = defineActor('bell').on(Ring, () => 1);
const machine = createMachine({
  initial: 'waits',
  states: { waits: { on: { 'orphan.answered': 'over' } }, over: { type: 'final' } },
});
const sagaOf = (name = 'flow', options: object = {}): Saga =>
  defineSaga(name, { machine, ...options } as never)
    .startsOn(Happened, () => ({}) as never)
    .on(Answered as never) as unknown as Saga;

const whole = defineApp({ actors: [workerOf(), bell], sagas: [sagaOf()] });

type What = 'delivery' | 'task' | 'timer' | 'delayed' | 'instance';

/** The database of the whole app with open work of one kind, as bytes. */
async function workOf(what: What): Promise<Uint8Array> {
  const { runtime, run } = await launch(whole);
  if (what === 'delivery') for (const key of 'ab') await run(runtime.pause({ name: 'worker' }, { key }));
  if (what === 'delivery') for (const key of 'ab') await run(runtime.send(Do, { key }));
  if (what === 'task') await run(runtime.send(Work, {}));
  if (what === 'timer') await run(runtime.send(Do, { n: 9 }));
  if (what === 'delayed') await run(runtime.send(Ring, {}, { delay: '1h' }));
  if (what === 'instance') await run(runtime.publish(Happened, {}));
  return runtime.serialize();
}

interface Verdict {
  readonly report: DatabaseReport;
  /** `running`, or the code of the error. */
  readonly start: unknown;
}

/** What is said of a deploy, and what becomes of it. */
async function deploy(app: App, database: Uint8Array, dropOrphans: readonly string[] = []): Promise<Verdict> {
  const file = join(folder, `${(files += 1)}.db`);
  writeFileSync(file, database);
  const report = checkDatabase(app, file, { dropOrphans });
  const start = await launch(app, { database, dropOrphans }).then(
    ({ runtime }) => runtime.info().state,
    (error: unknown) => (error as { code: unknown }).code,
  );
  return { report, start };
}

const found = {
  delivery: { name: 'worker', handler: 'orphan.do', what: 'deliveries', count: 2 },
  task: { name: 'worker', handler: 'orphan.work', what: 'tasks', count: 1 },
  timer: { name: 'worker', what: 'timers', count: 1 },
  delayed: { name: 'orphan.ring', what: 'delayed', count: 1 },
  instance: { name: 'flow', what: 'instances', count: 1 },
};
const kinds: readonly What[] = ['delivery', 'task', 'timer', 'delayed', 'instance'];

describe('checkDatabase on open work', () => {
  it.each(kinds)('K16 finds a %s of a name that is gone, as the start does', async what => {
    const { report, start } = await deploy(defineApp({}), await workOf(what));

    expect(report).toMatchObject({ ok: false, orphans: [found[what]] });
    expect(start).toBe('orphaned-work');
  });

  it.each(kinds)('K16 has nothing against a %s whose name is there, as the start has not', async what => {
    const { report, start } = await deploy(whole, await workOf(what));

    expect(report).toMatchObject({ ok: true, orphans: [] });
    expect(start).toBe('running');
  });

  it.each(kinds)('K16 lets a %s go that is dropped on purpose, as the start does', async what => {
    const { report, start } = await deploy(defineApp({}), await workOf(what), [found[what].name]);

    expect(report).toMatchObject({ ok: true, orphans: [] });
    expect(start).toBe('running');
  });

  it.each(kinds)('K16 follows a %s to its new name, as the start does', async what => {
    const actors = [workerOf('laborer', { renamedFrom: 'worker' }), bell];
    const app = defineApp({ actors, sagas: [sagaOf('stream', { renamedFrom: 'flow' })] });

    const { report, start } = await deploy(app, await workOf(what));

    expect(report).toMatchObject({ ok: true, orphans: [] });
    expect(start).toBe('running');
  });

  it('K16 finds the work of one handler that is gone, under the new name of its actor', async () => {
    const app = defineApp({ actors: [defineActor('laborer', { renamedFrom: 'worker' }).on(Happened, () => {}), bell] });

    const { report, start } = await deploy(app, await workOf('delivery'));

    expect(report.orphans).toEqual([{ name: 'laborer', handler: 'orphan.do', what: 'deliveries', count: 2 }]);
    expect(report.ok).toBe(false);
    expect(start).toBe('orphaned-work');
  });

  it('K16 does not take the name before for the one to drop', async () => {
    const app = defineApp({ actors: [defineActor('laborer', { renamedFrom: 'worker' }).on(Happened, () => {}), bell] });

    const before = await deploy(app, await workOf('delivery'), ['worker']);
    const today = await deploy(app, await workOf('delivery'), ['laborer']);

    expect([before.report.ok, before.start]).toEqual([false, 'orphaned-work']);
    expect([today.report.ok, today.start]).toEqual([true, 'running']);
  });

  it('K16 refuses a name that has run again since it was renamed, as the start does', async () => {
    const next = { actors: [workerOf('laborer', { renamedFrom: 'worker' }), bell], sagas: [sagaOf()] };
    const renamed = await launch(next, { database: await workOf('instance') });
    const back = await launch(whole, { database: renamed.runtime.serialize() });

    const verdict = deploy(defineApp(next), back.runtime.serialize());

    await expect(verdict).rejects.toMatchObject({ code: 'duplicate-name' });
    await expect(launch(next, { database: back.runtime.serialize() })).rejects.toMatchObject({
      code: 'duplicate-name',
    });
  });

  it('K16 passes over handlers that are gone without work', async () => {
    const { report, start } = await deploy(defineApp({ actors: [bell] }), await workOf('delayed'));

    expect(report).toMatchObject({ ok: true, orphans: [] });
    expect(start).toBe('running');
  });

  it('K15 passes over what a handler has only to read from the log, as the start does', async () => {
    const { runtime, run } = await launch(whole);
    await run(runtime.pause({ name: 'worker' }));
    await run(runtime.send(Do, {}));

    const { report, start } = await deploy(defineApp({}), runtime.serialize());

    expect(report).toMatchObject({ ok: true, orphans: [] });
    expect(start).toBe('running');
  });

  it('passes over a monitor that is gone, with its watch and its work', async () => {
    const watch = monitor(Happened).leadsTo(Answered, { within: '1h' });
    const { runtime, run } = await launch({ actors: [bell], monitors: [watch] });
    await run(runtime.publish(Happened, { key: 'a' }));
    await run(runtime.pause({ name: watch.name }));
    await run(runtime.publish(Happened, { key: 'b' }));

    const { report, start } = await deploy(defineApp({ actors: [bell] }), runtime.serialize());

    expect(report).toMatchObject({ ok: true, orphans: [], unknown: [] });
    expect(start).toBe('running');
  });

  it.each([
    [{ dropOrphan: ['worker'] }, "checkDatabase has no option 'dropOrphan'. Use dropOrphans."],
    [{ dropOrphans: 'worker' }, "dropOrphans is no list of names. Write dropOrphans: ['payments']."],
    [null, "checkDatabase needs options. Write { dropOrphans: ['payments'] }."],
  ])('refuses options it does not understand (%#)', (options, message) => {
    expect(() => checkDatabase(whole, 'none.db', options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-options', message }),
    );
  });
});
