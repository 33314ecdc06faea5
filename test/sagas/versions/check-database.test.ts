// What checkDatabase says of a database before a deploy, while a runtime owns the file.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createMachine, type AnyStateMachine } from 'xstate';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDatabase } from '../../../src/check-database.ts';
import { defineActor, defineApp, defineModule, defineSaga, type Saga } from '../../../src/index.ts';
import { mapContext, renameState, type Migration } from '../../../src/sagas/migrations.ts';
import { eventOf, launch, type Launched } from '../../support/kernel-kit.ts';

const Started = eventOf('flow.started');
const Poked = eventOf('flow.poked');
const folder = mkdtempSync(join(tmpdir(), 'troupe-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const nextFile = (): string => join(folder, `${(files += 1)}.db`);

/** `first`, then `second`, then the end. */
function flow(
  [first, second]: readonly [string, string],
  options: { readonly name?: string; readonly version?: number; readonly migrate?: Record<number, Migration> } = {},
): Saga {
  const { name = 'flow', ...rest } = options;
  const machine: AnyStateMachine = createMachine({
    id: 'flow',
    initial: first,
    states: {
      [first]: { on: { 'flow.poked': second } },
      [second]: { on: { 'flow.poked': 'end' } },
      end: { type: 'final' },
    },
  });
  return defineSaga(name, { machine, ...rest } as never)
    .startsOn(Started, () => ({}) as never)
    .on(Poked as never) as unknown as Saga;
}

const counter = defineActor('counter', { state: () => ({ n: 0 }) }).on(Started, ctx => void ctx.state.n++);

/** Instances a to g of a saga, of which f is poked once and g twice. */
async function written(saga: Saga = flow(['one', 'two'])): Promise<Launched & { readonly file: string }> {
  const file = nextFile();
  const launched = await launch({ actors: [counter], sagas: [saga] }, { database: file });
  const { run, runtime } = launched;
  for (const key of 'abcdefg') await run(runtime.publish(Started, { key }));
  for (const key of 'fgg') await run(runtime.publish(Poked, { key }));
  return { ...launched, file };
}

const appOf = (...sagas: readonly Saga[]) => defineApp({ sagas });

describe('checkDatabase', () => {
  it('counts the instances of each state that load as they are, and those that have ended', async () => {
    const { file } = await written();

    const report = checkDatabase(appOf(flow(['one', 'two'])), file);

    expect(report).toMatchObject({
      file,
      ok: true,
      sagas: [
        {
          name: 'flow',
          ended: { done: 1 },
          states: [
            { version: 1, state: 'one', count: 5, verdict: 'loads', reasons: [], examples: ['a', 'b', 'c', 'd', 'e'] },
            { version: 1, state: 'two', count: 1, verdict: 'loads', examples: ['f'] },
          ],
        },
      ],
      unknown: [],
    });
  });

  it('tells which would be held, and why', async () => {
    const { file } = await written();

    const { ok, sagas } = checkDatabase(appOf(flow(['one', 'three'])), file);

    expect(ok).toBe(false);
    expect(sagas[0]?.states).toMatchObject([
      { state: 'one', verdict: 'loads' },
      {
        state: 'two',
        verdict: 'held',
        count: 1,
        examples: ['f'],
        reasons: [{ code: 'state-missing', problem: 'The state flow.two does not exist' }],
      },
    ]);
  });

  it('tells which would be migrated, and finds migrations that fail', async () => {
    const { file } = await written();
    const deploy = (migrate: Migration): unknown =>
      checkDatabase(appOf(flow(['one', 'three'], { version: 2, migrate: { 1: migrate } })), file).sagas[0]?.states;

    expect(deploy(renameState('flow.two', 'flow.three'))).toMatchObject([
      { state: 'one', verdict: 'migrates', count: 5 },
      { state: 'two', verdict: 'migrates', count: 1 },
    ]);
    expect(
      deploy(
        mapContext(() => {
          throw new Error('no total');
        }),
      ),
    ).toMatchObject([
      { verdict: 'held', count: 5, reasons: [{ problem: 'The migration from version 1 failed: no total' }] },
      { verdict: 'held', count: 1 },
    ]);
  });

  it('keeps at most five keys of a group', async () => {
    const { file, run, runtime } = await written();
    for (const key of 'uvw') await run(runtime.publish(Started, { key }));

    const states = checkDatabase(appOf(flow(['one', 'two'])), file).sagas[0]?.states;

    expect(states?.[0]).toMatchObject({ count: 8, examples: ['a', 'b', 'c', 'd', 'e'] });
  });

  it('names sagas the app does not have, and follows those that were renamed', async () => {
    const { file } = await written();
    const { options } = flow(['one', 'two']);
    const renamed = defineSaga('river', { ...options, renamedFrom: 'flow' } as never).startsOn(
      Started,
      () => ({}) as never,
    ) as unknown as Saga;

    expect(checkDatabase(defineApp({}), file)).toMatchObject({
      ok: false,
      sagas: [],
      unknown: [{ name: 'flow', running: 6, ended: 1 }],
    });
    expect(checkDatabase(appOf(renamed), file)).toMatchObject({
      ok: true,
      sagas: [{ name: 'river', states: [{ count: 5 }, { count: 1 }] }],
      unknown: [],
    });
  });

  it('looks at the sagas of modules', async () => {
    const { file } = await written();
    const app = defineApp({ modules: [defineModule('sales', { sagas: [flow(['one', 'two'])] })] });

    expect(checkDatabase(app, file)).toMatchObject({ ok: true, sagas: [{ name: 'flow' }] });
  });

  it('reads on past the first page, and tells of records it cannot read', async () => {
    const { file, runtime, run } = await written();
    await run(runtime.stop());
    const database = new Database(file);
    const add = database.prepare(
      `insert into troupe_states (address, version, incarnation, status, updated, data) values (?, 1, 1, 'running', 0, ?)`,
    );
    const rowOf = (n: number): string => (n === 1199 ? '{' : '{"calls":[],"armed":[],"snapshot":null,"ending":null}');
    for (let n = 0; n < 1200; n++) add.run(`flow/n${n}`, rowOf(n));
    database.close();

    expect(checkDatabase(appOf(flow(['one', 'two'])), file).sagas[0]?.states).toMatchObject([
      { state: null, count: 1199, verdict: 'held', reasons: [{ code: 'snapshot-unreadable' }] },
      { state: 'one', count: 5 },
      { state: 'two', count: 1 },
      { state: null, count: 1, verdict: 'held', reasons: [{ code: 'record-unreadable' }], examples: ['n1199'] },
    ]);
  });

  it('changes nothing, leaves nothing behind, and works on a file that nobody owns', async () => {
    const { file, runtime, run } = await written();
    await run(runtime.stop());
    const before = readFileSync(file);

    expect(checkDatabase(appOf(flow(['one', 'two'])), file).ok).toBe(true);

    expect(readFileSync(file).equals(before)).toBe(true);
    expect([`${file}-wal`, `${file}-shm`].filter(path => existsSync(path))).toEqual([]);
  });

  it('reads what a crash left in the write-ahead log', async () => {
    const { file } = await written();
    const copy = nextFile();
    for (const part of ['', '-wal']) copyFileSync(file + part, copy + part);

    expect(checkDatabase(appOf(flow(['one', 'two'])), copy).sagas[0]?.states[0]).toMatchObject({ count: 5 });
    expect(readFileSync(copy).equals(readFileSync(file))).toBe(true);
  });

  it('leaves the runtime that owns the file at work', async () => {
    const { file, run, runtime } = await written();
    const saga = flow(['one', 'two']);
    checkDatabase(appOf(saga), file);

    await run(runtime.publish(Poked, { key: 'a' }));

    expect(checkDatabase(appOf(saga), file).sagas[0]?.states[1]).toMatchObject({ state: 'two', count: 2 });
    await expect(launch(appOf(saga), { database: file })).rejects.toMatchObject({ code: 'store-locked' });
  });

  it('refuses what is no database of ours', () => {
    const app = appOf(flow(['one', 'two']));
    const make = (sql: string): string => {
      const file = nextFile();
      const database = new Database(file);
      database.exec(sql);
      database.close();
      return file;
    };
    const text = nextFile();
    writeFileSync(text, 'Dear diary, this is no database at all. '.repeat(50));
    const newer =
      "create table troupe_meta (name text, value any) strict; insert into troupe_meta values ('schema', 99)";

    const codeOf = (file: string): unknown => {
      try {
        return checkDatabase(app, file);
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    };
    expect(codeOf(nextFile())).toBe('store-missing');
    expect(codeOf(make('create table mine (n)'))).toBe('store-missing');
    expect(codeOf(make('pragma application_id = 7; create table mine (n)'))).toBe('store-foreign');
    expect(codeOf(make(newer))).toBe('store-newer');
    expect(codeOf(text)).toBe('store-corrupt');
    expect(() => checkDatabase({} as never, text)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});
