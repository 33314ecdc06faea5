// What checkDatabase says of stored messages and of actors' states before code with other versions is deployed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  checkDatabase,
  defineActor,
  defineApp,
  defineEvent,
  type Actor,
  type App,
  type Upcaster,
} from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-check-messages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const data = z.object({ key: z.string() });
const upcast = { 1: (old: unknown) => old };
const key = (one: { readonly key: string }): string => one.key;
const noted = (version = 1, steps: Readonly<Record<number, Upcaster>> = {}) =>
  defineEvent('it.noted', { data, key, version, upcast: steps });

type Noted = ReturnType<typeof noted>;

/** What is waiting when the first version stops: in the log only, in a mailbox, delayed, given up. */
type Waiting = 'nothing' | 'delivery' | 'delayed' | 'dead-letter';

async function written(waiting: Waiting, version = 1): Promise<string> {
  const file = join(folder, `${(files += 1)}.db`);
  const event = noted(version, version === 1 ? {} : upcast);
  const fails = waiting === 'delivery' || waiting === 'dead-letter';
  const retry = waiting === 'delivery' ? { attempts: 9, delay: '1h' } : { attempts: 1 };
  const reader = defineActor('reader', { state: () => ({ n: 0 }), retry: retry as never }).on(event, ctx => {
    ctx.state.n += 1;
    if (fails) throw new Error('not today');
  });
  const { runtime, run } = await launch({ actors: [reader] }, { database: file });
  await run(runtime.publish(event, { key: 'a' }, waiting === 'delayed' ? { delay: '1h' } : {}));
  await run(runtime.stop());
  return file;
}

const reading = (event: Noted, from: 'now' | 'beginning' = 'now', name = 'reader'): App =>
  defineApp({ actors: [defineActor(name, { state: () => ({ n: 0 }) }).on(event, () => {}, { from })] });

describe('checkDatabase on messages', () => {
  it('has nothing to say of versions that the code reads', async () => {
    for (const app of [reading(noted()), reading(noted(2, upcast))]) {
      expect(checkDatabase(app, await written('delivery'))).toMatchObject({ ok: true, messages: [] });
    }
  });

  it('names the version without an upcast step, and refuses the deploy while a delivery is open', async () => {
    expect(checkDatabase(reading(noted(2)), await written('delivery'))).toMatchObject({
      ok: false,
      messages: [
        {
          type: 'it.noted',
          version: 1,
          logged: 1,
          open: 1,
          delayed: 0,
          deadLetters: 0,
          problem: 'There is no upcast step from version 1 to version 2.',
          fix: 'Add upcast: { 1: old => … }.',
        },
      ],
    });
  });

  it('names a version that is newer than the code', async () => {
    expect(checkDatabase(reading(noted(1)), await written('delivery', 2))).toMatchObject({
      ok: false,
      messages: [{ version: 2, open: 1, problem: 'The code knows version 1.', fix: 'Deploy the newer code.' }],
    });
  });

  it('looks at what is delayed', async () => {
    expect(checkDatabase(reading(noted(2)), await written('delayed'))).toMatchObject({
      ok: false,
      messages: [{ version: 1, logged: 0, open: 0, delayed: 1 }],
    });
  });

  it('tells of what is only in the log or given up, and lets the deploy go on', async () => {
    expect(checkDatabase(reading(noted(2)), await written('nothing'))).toMatchObject({
      ok: true,
      messages: [{ version: 1, logged: 1, open: 0 }],
    });
    expect(checkDatabase(reading(noted(2)), await written('dead-letter'))).toMatchObject({
      ok: true,
      messages: [{ version: 1, logged: 1, open: 0, deadLetters: 1 }],
    });
  });

  it('counts the log as open where a new handler begins in the past, and a known one does not', async () => {
    const file = await written('nothing');

    expect(checkDatabase(reading(noted(2), 'beginning', 'other'), file)).toMatchObject({
      ok: false,
      messages: [{ version: 1, open: 1 }],
    });
    expect(checkDatabase(reading(noted(2), 'beginning'), file)).toMatchObject({ ok: true, messages: [{ open: 0 }] });
  });

  it('follows new handlers of patterns', async () => {
    const contract = defineActor('reader').on(noted(2), () => {});
    const all = defineActor('all').onAny('it.*', () => {}, { from: 'beginning' });
    const none = defineActor('all').onAny('other.#', () => {}, { from: 'beginning' });
    const check = async (actor: Actor) =>
      checkDatabase(defineApp({ actors: [contract, actor] }), await written('nothing'));

    expect(await check(all as Actor)).toMatchObject({ ok: false });
    expect(await check(none as Actor)).toMatchObject({ ok: true });
  });

  it('passes over types that the app does not have', async () => {
    expect(checkDatabase(defineApp({}), await written('delivery')).messages).toEqual([]);
  });
});

describe('checkDatabase on states of actors', () => {
  const counter = (version: number, migrate: Readonly<Record<number, Upcaster>> = {}): App =>
    defineApp({ actors: [defineActor('reader', { state: () => ({ n: 0 }), version, migrate }).on(noted(), () => {})] });

  it('counts those that load, that are migrated and that are held', async () => {
    const file = await written('nothing');
    const deploy = (app: App) => checkDatabase(app, file);

    expect(deploy(counter(1))).toMatchObject({
      ok: true,
      actors: [{ name: 'reader', version: 1, count: 1, verdict: 'loads', problem: '', examples: ['a'] }],
    });
    expect(deploy(counter(2, upcast))).toMatchObject({ ok: true, actors: [{ version: 1, verdict: 'migrates' }] });
    expect(deploy(counter(2))).toMatchObject({
      ok: false,
      actors: [{ version: 1, verdict: 'held', problem: expect.stringContaining('Add migrate: { 1: old => … }.') }],
    });
  });

  it('runs the migration, and tells why it fails', async () => {
    const fails = counter(2, {
      1: () => {
        throw new Error('no total');
      },
    });

    expect(checkDatabase(fails, await written('nothing'))).toMatchObject({
      ok: false,
      actors: [{ verdict: 'held', problem: 'no total' }],
    });
  });

  it('follows an actor that was renamed', async () => {
    const renamed = defineActor('clerk', { state: () => ({ n: 0 }), renamedFrom: 'reader' }).on(noted(), () => {});

    expect(checkDatabase(defineApp({ actors: [renamed] }), await written('nothing')).actors).toMatchObject([
      { name: 'clerk', verdict: 'loads', count: 1 },
    ]);
  });
});
