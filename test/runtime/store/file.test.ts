import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { defineActor, type RuntimeOptions } from '../../../src/index.ts';
import { commandOf, launch } from '../../support/kernel-kit.ts';

const Add = commandOf('file.add');
const effects: string[] = [];
const adder = defineActor('adder', { state: () => ({ sum: 0 }) }).on(Add, (ctx, { n, text }) => {
  effects.push(ctx.id());
  return (ctx.state.sum += n + text.length);
});
const app = { actors: [adder] };
const folder = mkdtempSync(join(tmpdir(), 'troupe-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const nextFile = (): string => join(folder, `${(files += 1)}.db`);

/** A file with some messages in it, closed in good order. */
async function written(messages = 3): Promise<string> {
  const file = nextFile();
  const { runtime, run } = await launch(app, { database: file });
  for (let n = 0; n < messages; n++) await run(runtime.send(Add, { n: 1, text: 'x'.repeat(2000) }));
  await run(runtime.stop());
  return file;
}

const open = (database: string, options: Partial<RuntimeOptions> = {}) => launch(app, { database, ...options });

describe('a database file', () => {
  it('is synchronous = FULL in WAL, also after the first write: P1', async () => {
    const file = nextFile();
    const { runtime, run, store } = await open(file);
    const read = (): unknown[] =>
      ['synchronous', 'journal_mode', 'foreign_keys', 'cell_size_check'].map(name =>
        store.database.pragma(name, { simple: true }),
      );
    await run(runtime.send(Add, { n: 1 }));
    expect(read()).toEqual([2, 'wal', 1, 1]);
    await run(runtime.stop());

    const relaxed = await open(file, { durability: 'relaxed' });
    expect(relaxed.store.database.pragma('synchronous', { simple: true })).toBe(1);
    expect(relaxed.runtime.info()).toMatchObject({ durability: 'relaxed', powerSafe: false });
    await relaxed.run(relaxed.runtime.stop());
  });

  it('is readable by its owner only', async () => {
    const file = await written();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a page in the middle', 4096 * 3],
    ['the header', 0],
  ])('with damage in %s is refused, and left as it is: P11', async (_where, at) => {
    const file = await written(40);
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(512, 0xa5), 0, 512, at);
    closeSync(handle);
    const before = readFileSync(file);

    await expect(open(file)).rejects.toMatchObject({ code: 'store-corrupt' });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('with damage where nothing is read at the start is refused all the same: P11', async () => {
    const file = await written(40);
    const pages = statSync(file).size / 4096;
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(512, 0xa5), 0, 512, 4096 * Math.floor(pages * 0.75));
    closeSync(handle);

    await expect(open(file)).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('that was truncated is refused: P11', async () => {
    const file = await written(40);
    truncateSync(file, 4096 * 4);
    await expect(open(file)).rejects.toMatchObject({ code: 'store-corrupt' });
    truncateSync(file, 0);
    await expect(open(file, { mustExist: true })).rejects.toMatchObject({ code: 'store-missing' });
  });

  it('that must exist and does not is refused, and not created', async () => {
    const file = nextFile();
    await expect(open(file, { mustExist: true })).rejects.toMatchObject({ code: 'store-missing' });
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
    new Database(file).exec('create table own (id integer)').close();
    await expect(open(file, { mustExist: true })).rejects.toMatchObject({ code: 'store-missing' });
  });

  it('of another application is refused', async () => {
    const file = nextFile();
    const other = new Database(file);
    other.pragma('application_id = 1234');
    other.exec('create table own (id integer)');
    other.close();
    await expect(open(file)).rejects.toMatchObject({ code: 'store-foreign' });
    writeFileSync(file, 'not a database at all, but long enough to be looked at as one'.repeat(20));
    await expect(open(file)).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('with a newer schema is refused', async () => {
    const file = await written();
    const other = new Database(file);
    other.exec(`update troupe_meta set value = 999 where name = 'schema'`);
    other.close();
    await expect(open(file)).rejects.toMatchObject({ code: 'store-newer' });
  });

  it('in a folder that does not exist is a clear error', async () => {
    await expect(open(join(folder, 'no', 'such', 'a.db'))).rejects.toMatchObject({ code: 'store-failed' });
  });

  it.each(['deleted', 'replaced'])('that is %s under a runtime stops it', async how => {
    const file = nextFile();
    const { runtime, run, platform } = await open(file);
    await run(runtime.send(Add, { n: 1 }));
    renameSync(file, `${file}.gone`);
    if (how === 'replaced') writeFileSync(file, '');
    let failure: unknown;
    for (let n = 0; n < 200 && failure === undefined; n++) {
      failure = await run(runtime.send(Add, { n: 1 })).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    await platform.settle();

    expect(failure).toMatchObject({ code: 'stopped' });
    expect(runtime.info().state).toBe('failed');
    await runtime.stop();
  });

  it('that a newer owner has opened fences the older one: P8', async () => {
    const file = nextFile();
    const { runtime, run, platform, store } = await open(file);
    await run(runtime.send(Add, { n: 1 }));
    // What a second owner does when the lock of the first was lost.
    const usurper = new Database(file);
    usurper.exec(
      `insert into troupe_epochs (incarnation, first, last, opened, time) values ('ffffffffffffffff', 2, 1, 1, 1)`,
    );
    const sent = runtime.send(Add, { n: 2 });
    sent.catch(() => {});
    await platform.settle();

    await expect(sent).rejects.toMatchObject({ code: 'store-fenced' });
    expect(runtime.info().state).toBe('failed');
    expect(usurper.prepare('select count(*) from troupe_messages').pluck().get()).toBe(1);
    expect(store.inTransaction).toBe(false);
    usurper.close();
    await runtime.stop();
  });

  it('that is nearly full refuses work and loses none: P9', async () => {
    const file = nextFile();
    const { runtime, run, platform } = await open(file, { maxBytes: 1024 ** 2 });
    const outcomes: string[] = [];
    for (let n = 0; n < 400 && !outcomes.includes('store-full'); n++) {
      outcomes.push(
        await run(runtime.ask(Add, { text: 'x'.repeat(5000) })).then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        ),
      );
    }
    const done = outcomes.filter(outcome => outcome === 'done').length;
    expect(outcomes.at(-1)).toBe('store-full');
    expect(runtime.info().state).toBe('running');
    expect(runtime.state(adder)).toEqual({ sum: done * 5000 });

    // Old messages go, and with them the reason to refuse.
    await platform.advance(9 * 86_400_000);
    runtime.prune();
    expect(await run(runtime.ask(Add, { n: 1 }))).toBe(done * 5000 + 1);
    await run(runtime.stop());
  });

  it('is backed up while it is used, and the backup runs on without a repeated effect key', async () => {
    effects.length = 0;
    const file = nextFile();
    const { runtime, run } = await open(file);
    await run(runtime.ask(Add, { n: 1 }));
    const pending = runtime.send(Add, { n: 2 }, { delay: '1h' });
    await run(pending);
    await runtime.backup(`${file}.backup`);
    await run(runtime.ask(Add, { n: 4 }));
    await run(runtime.stop());
    renameSync(`${file}.backup`, file);
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });

    const restored = await open(file, { mustExist: true });
    expect(restored.runtime.state(adder)).toEqual({ sum: 1 });
    await restored.platform.advance(3_600_000);
    expect(await restored.run(restored.runtime.ask(Add, { n: 8 }))).toBe(11);
    await restored.run(restored.runtime.stop());
    expect(effects).toHaveLength(4);
    expect(new Set(effects).size).toBe(4);
  });

  it('goes on in memory from its image', async () => {
    const file = nextFile();
    const { runtime, run } = await open(file);
    await run(runtime.ask(Add, { n: 1 }));
    const image = runtime.serialize();
    await run(runtime.stop());
    const copy = await launch(app, { database: image, mustExist: true });

    expect(await copy.run(copy.runtime.ask(Add, { n: 1 }))).toBe(2);
    await expect(launch(app, { database: Buffer.from('no image') })).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('replaces no good backup by one that cannot be written', async () => {
    const file = await written();
    const { runtime, run } = await open(file);
    await expect(runtime.backup(join(folder, 'no', 'such', 'backup.db'))).rejects.toThrow(/./);
    expect(await run(runtime.ask(Add, { n: 1 }))).toBeGreaterThan(0);
    await run(runtime.stop());
  });
});
