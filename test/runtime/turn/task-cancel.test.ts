// Cancelling the tasks of a lane: in the commit of the turn that wants it, with what runs aborted after it.
import { describe, expect, it } from 'vitest';
import type { TaskScope } from '../../../src/runtime/turn/behavior.ts';
import { renderTrace, type TroupeError } from '../../../src/index.ts';
import { behaviorOf, programOf, startOf, taskOf } from '../../support/behavior-kit.ts';
import { commandOf, launch, tables, type Launched } from '../../support/kernel-kit.ts';
import { Begin, Cancel, heard, setupLanes } from '../../support/lane-kit.ts';
import { crash } from '../../support/restart.ts';

const begin = ({ runtime, run }: Launched, text: string, n: number): Promise<unknown> =>
  run(runtime.publish(Begin, { key: 'a', text, n }));
const cancel = ({ runtime, run }: Launched, text: string, n = 0): Promise<unknown> =>
  run(runtime.publish(Cancel, { key: 'a', text, n }));
const turnsOf = ({ store }: Launched): unknown =>
  store.database
    .prepare(`select outcome from troupe_turns where outcome like '%cancel%' or outcome like 'task%'`)
    .all();

describe('a cancelled lane', () => {
  it('K19 ends what runs and what waits in it, and nothing else', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'x', 2);
    await begin(launched, 'y', 3);

    await cancel(launched, 'x');

    expect(open.map(({ n, scope }) => [n, scope.signal.aborted])).toEqual([
      [1, true],
      [3, false],
    ]);
    expect(open[0]?.scope.signal.reason).toMatchObject({ code: 'task-cancelled' });
    expect(launched.runtime.info()).toMatchObject({ tasks: 1, runningTasks: 1 });
    expect(launched.store.tasks.all()).toMatchObject([{ lane: 'y' }]);
    expect(turnsOf(launched)).toEqual([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
  });

  it('K19 discards what its attempt comes to later', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    await cancel(launched, 'x');

    open[0]?.done('too late');
    await launched.settled();

    expect(heard(launched)).toEqual([]);
    expect(turnsOf(launched)).toEqual([{ outcome: 'cancelled' }]);
  });

  it('K19 discards an end that waits for its commit', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);

    // The cancelling event is queued first, the end of the attempt behind it, in one drain.
    const cancelled = launched.runtime.publish(Cancel, { key: 'a', text: 'x' });
    open[0]?.done('too late');
    await launched.run(cancelled);

    expect(heard(launched)).toEqual([]);
    expect(launched.runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
  });

  it('K19 lets a task whose end is in the log be over', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    open[0]?.done();
    await Promise.resolve();

    const cancelled = launched.runtime.publish(Cancel, { key: 'a', text: 'x' });
    await launched.run(cancelled);

    expect(heard(launched)).toEqual(['1 done']);
    expect(turnsOf(launched)).toEqual([{ outcome: 'task-done' }]);
  });

  it('frees the places of its tasks', async () => {
    const { open, program } = setupLanes(undefined, { concurrency: 1 });
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'y', 2);
    expect(open).toHaveLength(1);

    await cancel(launched, 'x');

    expect(open.map(({ n }) => n)).toEqual([1, 2]);
  });

  it('takes a new task in the decision that cancels the old one', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);

    await cancel(launched, 'x', 2);
    open[1]?.done();
    await launched.settled();

    expect(open.map(({ n, scope }) => [n, scope.signal.aborted])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(heard(launched)).toEqual(['2 done']);
  });

  it('never starts a task of the same drain', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);

    const both = [Begin, Cancel].map(event => launched.runtime.publish(event, { key: 'a', text: 'x' }));
    await launched.run(Promise.all(both));

    expect(open).toEqual([]);
    expect(launched.runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
    expect(launched.store.tasks.all()).toEqual([]);
  });

  it('ends a task that waits for another attempt', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    open[0]?.fail(new Error('once'));
    await launched.settled();

    await cancel(launched, 'x');
    await launched.platform.advance(60_000);

    expect(open).toHaveLength(1);
    expect(launched.runtime.deadLetters.list()).toEqual([]);
  });

  it('ends the waits of the body, and keeps none of the steps it was about to remember', async () => {
    const ends: unknown[] = [];
    let go = (): void => {};
    const { program } = setupLanes(async (scope: TaskScope, n) => {
      const wait = n === 1 ? scope.sleep('nap', 60_000) : new Promise<void>(resolve => (go = resolve));
      await wait.then(() => scope.step('s', () => 1)).catch((error: unknown) => ends.push((error as TroupeError).code));
    });
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'y', 2);

    await cancel(launched, 'x');
    const cancelled = launched.runtime.publish(Cancel, { key: 'a', text: 'y' });
    go();
    await launched.run(cancelled);

    expect(ends).toEqual(['task-cancelled', 'ctx-closed']);
    expect(launched.store.database.prepare('select * from troupe_steps').all()).toEqual([]);
  });

  it('K3 runs on where the drain is aborted', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    const { store } = launched;
    const commit = store.commit.bind(store);
    store.commit = batch => {
      store.commit = commit;
      throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY', batch });
    };

    const cancelled = launched.runtime.publish(Cancel, { key: 'a', text: 'x' });
    await launched.settled();
    const stillRuns = open[0]?.scope.signal.aborted === false && launched.runtime.info().runningTasks === 1;
    open[0]?.done();
    await launched.platform.advance(1_000);
    await cancelled;

    expect(stillRuns).toBe(true);
    expect(heard(launched)).toEqual([]);
    expect(turnsOf(launched)).toEqual([{ outcome: 'cancelled' }]);
  });

  it('stays cancelled after a crash', async () => {
    const { open, program } = setupLanes();
    const old = await launch(program);
    await begin(old, 'x', 1);
    await cancel(old, 'x');

    const launched = await crash(old, program);
    await launched.settled();

    expect(open).toHaveLength(1);
    expect(tables(launched.store)['tasks']).toEqual([]);
  });

  it('K22 lets the next one run that has to be alone', async () => {
    const { open, program } = setupLanes();
    let launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'y', 2);
    for (let exit = 0; exit < 3; exit++) {
      launched = await crash(launched, program);
      await launched.settled();
    }
    const alone = open.at(-1);
    const before = open.length;

    await cancel(launched, alone?.n === 1 ? 'x' : 'y');

    expect(alone?.scope.signal.aborted).toBe(true);
    expect(open.slice(before).map(({ n }) => n)).toEqual([alone?.n === 1 ? 2 : 1]);
    expect(launched.runtime.info()).toMatchObject({ tasks: 1, runningTasks: 1 });
  });

  it('answers who asked for the task with an error', async () => {
    const Work = commandOf('cancel.work');
    const behavior = behaviorOf('worker', {
      on: [Cancel],
      tasks: [{ ...taskOf(Work.type, () => new Promise(() => {})), contract: Work }],
      turn: (_, decision) => (decision.cancelledTasks = ['']),
    });
    const launched = await launch(programOf(behavior));
    const asked = launched.runtime.ask(Work, { key: 'a' });
    const refused = expect(asked).rejects.toMatchObject({ code: 'handler-failed' });
    await launched.settled();

    await cancel(launched, '');

    await refused;
  });

  it('says so in the trace', async () => {
    const behavior = behaviorOf('worker', {
      on: [Begin],
      tasks: [taskOf('work', () => new Promise(() => {}))],
      turn: ({ data }, decision) => {
        if ((data as { n: number }).n === 1) decision.starts = [startOf('work', 1)];
        else decision.cancelledTasks = [''];
      },
    });
    const launched = await launch(programOf(behavior));
    const { id } = await launched.run(launched.runtime.publish(Begin, { key: 'a', n: 1 }));
    await launched.run(launched.runtime.publish(Begin, { key: 'a', n: 2 }));

    expect(renderTrace(launched.runtime.trace(id), 'tree')).toContain('cancelled');
  });
});
