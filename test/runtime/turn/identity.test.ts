import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitUnknownError, defineActor } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';

const Noted = eventOf('id.noted');
const Note = commandOf('id.note');
const Work = commandOf('id.work');

/** Collects every id and effect key that leaves the turns and tasks of one app. */
function setup() {
  const ids: string[] = [];
  const effects: string[] = [];
  const notes = defineActor('notes', { state: () => ({ count: 0 }), publishes: [Noted] })
    .on(Note, (ctx, data) => {
      ctx.state.count += 1;
      ids.push(ctx.message.id, ctx.id(), ctx.id());
      ctx.publish(Noted, data);
      return ctx.state.count;
    })
    .on(Noted, ctx => void ids.push(ctx.message.id, ctx.id()))
    .task(Work, async ctx => {
      effects.push(ctx.idempotencyKey);
      return ctx.idempotencyKey;
    });
  return { app: { actors: [notes] }, notes, ids, effects };
}

const repeated = (all: readonly string[]): string[] => all.filter((id, at) => all.indexOf(id) !== at);

describe('K1 an id', () => {
  it('is never repeated over reopening the same database', async () => {
    const { app, ids, effects } = setup();
    let image: Uint8Array | undefined;
    for (let open = 0; open < 4; open++) {
      const { runtime, run } = await launch(app, image ? { database: image } : {});
      await run(runtime.send(Note, { n: open }));
      await run(runtime.ask(Work, {}));
      image = runtime.serialize();
    }

    expect(ids).toHaveLength(4 * 5);
    expect(repeated([...new Set(ids)])).toEqual([]);
    expect(new Set(ids).size).toBe(4 * 5);
    expect(new Set(effects).size).toBe(4);
  });

  it('is never repeated in two databases of the same app', async () => {
    const { app, ids, effects } = setup();
    for (let file = 0; file < 2; file++) {
      const { runtime, run } = await launch(app);
      await run(runtime.send(Note, {}));
      await run(runtime.ask(Work, {}));
    }

    expect(repeated(ids)).toEqual([]);
    expect(repeated(effects)).toEqual([]);
  });

  it('is never repeated after a restored backup has run on beside the original', async () => {
    const { app, ids, effects } = setup();
    const original = await launch(app);
    await original.run(original.runtime.ask(Work, {}));
    const backup = original.runtime.serialize();
    await original.run(original.runtime.send(Note, {}));
    await original.run(original.runtime.ask(Work, {}));

    const restored = await launch(app, { database: backup });
    await restored.run(restored.runtime.send(Note, {}));
    await restored.run(restored.runtime.ask(Work, {}));

    expect(repeated(ids)).toEqual([]);
    expect(effects).toHaveLength(3);
    expect(repeated(effects)).toEqual([]);
  });

  it('is never repeated after a restored backup file has run on', async () => {
    const { app, effects } = setup();
    const folder = mkdtempSync(join(tmpdir(), 'troupe-'));
    const first = await launch(app, { database: join(folder, 'a.db') });
    await first.run(first.runtime.ask(Work, {}));
    await first.runtime.backup(join(folder, 'backup.db'));
    await first.run(first.runtime.ask(Work, {}));
    await first.runtime.stop();

    const second = await launch(app, { database: join(folder, 'backup.db'), mustExist: true });
    await second.run(second.runtime.ask(Work, {}));
    await second.run(second.runtime.ask(Work, {}));
    await second.runtime.stop();

    expect(effects).toHaveLength(4);
    expect(repeated(effects)).toEqual([]);
  });

  it('keeps its incarnation while the message is handled by a later one', async () => {
    const seen: string[] = [];
    let ready = false;
    const slow = defineActor('slow').on(
      Note,
      ctx => {
        if (!ready) throw new Error('not yet');
        seen.push(ctx.message.id);
        return null;
      },
      { retry: { attempts: 9, delay: '1h' } },
    );
    const first = await launch({ actors: [slow] });
    const { id } = await first.run(first.runtime.send(Note, {}));
    ready = true;
    const second = await launch({ actors: [slow] }, { database: first.runtime.serialize() });
    await second.platform.advance(3_600_000);

    expect(seen).toEqual([id]);
    expect(id.split('-')[0]).toBe(first.runtime.info().incarnation);
  });

  it('takes positions from a sequence that survives a full prune', async () => {
    const { app } = setup();
    const first = await launch(app);
    const before = await first.run(first.runtime.send(Note, {}));
    await first.platform.advance(30 * 86_400_000);
    first.runtime.prune();
    const count = first.store.database.prepare('select count(*) from troupe_messages').pluck().get();
    const second = await launch(app, { database: first.runtime.serialize(), platform: first.platform });
    const after = await second.run(second.runtime.send(Note, {}));

    expect(count).toBe(0);
    expect(after.position).toBeGreaterThan(before.position + 1);
  });

  it('differs for each delayed message, which has no position yet', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);
    const one = await run(runtime.send(Note, {}, { delay: '1m' }));
    const two = await run(runtime.send(Note, {}, { delay: '1m' }));

    expect([one.position, two.position]).toEqual([0, 0]);
    expect(one.id).not.toBe(two.id);
  });

  it('of a delayed message names the conversation it starts', async () => {
    const { app } = setup();
    const { runtime, run, platform } = await launch(app);
    const { correlationId } = await run(runtime.send(Note, { n: 7 }, { delay: '1m' }));
    await platform.advance(60_000);

    expect(runtime.trace(correlationId).roots.map(({ type }) => type)).toEqual(['id.note']);
  });
});

describe('K2 an unknown commit', () => {
  async function unknown(after: boolean) {
    const { app, notes } = setup();
    const database = new FaultyDatabase();
    const first = await launch(app, { database: database.handle });
    await first.run(first.runtime.send(Note, { n: 0 }));
    database.failCommit('SQLITE_IOERR_FSYNC', { after });
    const sent = [1, 2].map(n => first.runtime.send(Note, { n }).catch((error: unknown) => error));
    await first.settled();
    const errors = (await Promise.all(sent)) as CommitUnknownError[];
    if (database.handle.inTransaction) database.handle.exec('rollback');
    const second = await launch(app, { database: database.handle.serialize() });
    return { notes, errors, first, second };
  }

  it('names to each caller the id of its own message', async () => {
    const { errors } = await unknown(false);

    for (const error of errors) expect(error).toBeInstanceOf(CommitUnknownError);
    expect(errors.map(error => error.ids.length)).toEqual([1, 1]);
    expect(errors[0]?.ids).not.toEqual(errors[1]?.ids);
  });

  it('P10 that did not happen takes the message when it is sent again by its id', async () => {
    const { errors, second, notes } = await unknown(false);
    for (const error of errors) {
      const receipt = await second.run(second.runtime.send(Note, {}, { idempotencyKey: error.ids[0] ?? '' }));
      expect(receipt.duplicate).toBe(false);
    }

    expect(second.runtime.state(notes)).toEqual({ count: 3 });
  });

  it('P10 that did happen recognises the message when it is sent again by its id', async () => {
    const { errors, second, notes } = await unknown(true);
    for (const error of errors) {
      const receipt = await second.run(second.runtime.send(Note, {}, { idempotencyKey: error.ids[0] ?? '' }));
      expect(receipt).toMatchObject({ duplicate: true, id: error.ids[0] });
    }

    expect(second.runtime.state(notes)).toEqual({ count: 3 });
  });

  it('P10 stops the runtime, and a later send says so', async () => {
    const { first } = await unknown(false);

    expect(first.runtime.info().state).toBe('failed');
    await expect(first.runtime.send(Note, {})).rejects.toMatchObject({ code: 'stopped' });
  });

  it('is told to an asker, to a delayed sender and to a transaction alike', async () => {
    for (const attempt of ['ask', 'delay', 'transaction'] as const) {
      const { app } = setup();
      const database = new FaultyDatabase();
      const { runtime, run } = await launch(app, { database: database.handle });
      database.failCommit('SQLITE_IOERR_FSYNC');
      const act = {
        ask: () => run(runtime.ask(Note, {})),
        delay: () => run(runtime.send(Note, {}, { delay: '1h' })),
        transaction: async () => runtime.transaction(tx => tx.send(Note, {})),
      }[attempt];

      await expect(act(), attempt).rejects.toMatchObject({ code: 'commit-unknown' });
      expect(runtime.info().state, attempt).toBe('failed');
    }
  });

  it('does not swallow a message whose idempotency key is the id of a message of another type', async () => {
    const { app, notes } = setup();
    const { runtime, run } = await launch(app);
    const event = await run(runtime.publish(Noted, {}));
    const first = await run(runtime.send(Note, {}, { idempotencyKey: event.id }));
    const second = await run(runtime.send(Note, {}, { idempotencyKey: event.id }));

    expect([first.duplicate, second.duplicate]).toEqual([false, true]);
    expect(runtime.state(notes)).toEqual({ count: 1 });
  });

  it('recognises a delayed message that is sent again by its id', async () => {
    const { app, notes } = setup();
    const { runtime, run, platform } = await launch(app);
    const { id } = await run(runtime.send(Note, {}, { delay: '1m' }));
    const again = await run(runtime.send(Note, {}, { delay: '1m', idempotencyKey: id }));
    await platform.advance(60_000);

    expect(again).toMatchObject({ duplicate: true, id });
    expect(runtime.state(notes)).toEqual({ count: 1 });
  });
});
