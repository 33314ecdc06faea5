// Lanes of one address: their tasks run beside each other, in one process and over restarts.
import { describe, expect, it } from 'vitest';
import type { TaskScope } from '../../../src/runtime/turn/behavior.ts';
import { defineActor, defineApp } from '../../../src/index.ts';
import { compile } from '../../../src/create-runtime.ts';
import { commandOf, launch, type Launched } from '../../support/kernel-kit.ts';
import { Begin, heard, setupLanes } from '../../support/lane-kit.ts';
import { crash } from '../../support/restart.ts';

const begin = ({ runtime, run }: Launched, text: string, n: number): Promise<unknown> =>
  run(runtime.publish(Begin, { key: 'a', text, n }));

describe('lanes of one address', () => {
  it('K19 run beside each other, the tasks of one lane one after the other', async () => {
    const { open, program } = setupLanes();
    const launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'x', 2);
    await begin(launched, 'y', 3);
    expect(open.map(({ n }) => n)).toEqual([1, 3]);

    open[1]?.done();
    open[0]?.done();
    await launched.settled();

    expect(open.map(({ n }) => n)).toEqual([1, 3, 2]);
    expect(heard(launched)).toEqual(['3 done', '1 done']);
  });

  it('K19 are as many after a crash', async () => {
    const { open, program } = setupLanes();
    const old = await launch(program);
    await begin(old, 'x', 1);
    await begin(old, 'x', 2);
    await begin(old, 'y', 3);

    const launched = await crash(old, program);
    await launched.settled();
    expect(open.slice(2).map(({ n }) => n)).toEqual([1, 3]);
    open[2]?.done();
    await launched.settled();

    expect(open.slice(4).map(({ n }) => n)).toEqual([2]);
  });

  it('K19 share the places of their handler', async () => {
    const { open, program } = setupLanes(undefined, { concurrency: 2 });
    const launched = await launch(program);
    for (const n of [1, 2, 3]) await begin(launched, `lane ${n}`, n);
    expect(open.map(({ n }) => n)).toEqual([1, 2]);

    open[0]?.done();
    await launched.settled();

    expect(open.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(launched.runtime.info()).toMatchObject({ tasks: 2, runningTasks: 2 });
  });

  it('are all told of by why', async () => {
    const { program } = setupLanes();
    const launched = await launch(program);
    for (const n of [1, 2]) await begin(launched, `lane ${n}`, n);

    const { reasons } = launched.runtime.why({ name: 'worker' }, 'a');

    expect(reasons).toMatchObject([
      { kind: 'task', running: true },
      { kind: 'task', running: true },
    ]);
  });

  it('K22 are given up one by one and their address hears of it, where it catches failures', async () => {
    const { program } = setupLanes();
    let launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'y', 2);
    for (let exit = 0; exit < 12; exit++) {
      launched = await crash(launched, program);
      await launched.settled();
    }

    expect((heard(launched) as string[]).toSorted()).toEqual(['1 failed', '2 failed']);
    expect(launched.runtime.deadLetters.list()).toEqual([]);
    expect(launched.store.tasks.all()).toEqual([]);
  });

  it('K22 become dead letters one by one where nobody catches failures, and a retry goes back to its lane', async () => {
    const { open, program } = setupLanes(undefined, { catches: false });
    let launched = await launch(program);
    await begin(launched, 'x', 1);
    await begin(launched, 'y', 2);
    for (let exit = 0; exit < 12; exit++) {
      launched = await crash(launched, program);
      await launched.settled();
    }
    const letters = launched.runtime.deadLetters.list();
    expect(letters.map(({ reason }) => reason)).toEqual(['crashed', 'crashed']);
    expect(heard(launched)).toEqual([]);
    const before = open.length;

    for (const { id } of letters) await launched.run(launched.runtime.deadLetters.retry(id));

    expect(open.slice(before).map(({ n }) => n)).toEqual([2, 1]);
    expect(launched.store.tasks.all().map(({ lane }) => lane)).toEqual(['y', 'x']);
  });

  it('K20 may ask for a task of the address that runs in another lane', async () => {
    const Ask = commandOf('lanes.ask');
    const { behavior } = setupLanes((scope: TaskScope) => scope.ask('one', Ask, { key: 'a' }, undefined));
    const asked = compile(defineApp({ actors: [defineActor('worker').task(Ask, async () => 1)] })).behaviors[0]!;
    const both = {
      ...behavior,
      handlers: [...behavior.handlers, ...asked.handlers],
      handle: (turn: Parameters<typeof asked.handle>[0]) =>
        turn.handler.id === Ask.type ? asked.handle(turn) : behavior.handle(turn),
    };
    const launched = await launch({ behaviors: [both], schedules: [], migrate: undefined });

    await begin(launched, 'x', 1);

    expect(heard(launched)).toEqual(['1 done']);
  });
});
