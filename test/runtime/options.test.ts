// What createRuntime and its ingress refuse, and what a transaction or a logger of the caller's may not do.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createRuntime,
  defineActor,
  defineApp,
  defineCommand,
  defineModule,
  type Transaction,
} from '../../src/index.ts';
import { commandOf, launch } from '../support/kernel-kit.ts';

const Add = commandOf('options.add');

const setup = () => {
  const counter = defineActor('counter', { single: true, state: () => ({ n: 0 }) }).on(Add, ctx => (ctx.state.n += 1));
  return { counter, app: { actors: [counter] } };
};

const invalid = { code: 'invalid-options' };

describe('defineApp', () => {
  it.each([
    { actors: setup().counter },
    { actors: [Add] },
    { actors: [undefined] },
    { sagas: [setup().counter] },
    { modules: 'shop' },
    { schedules: [{}] },
  ])('refuses %o', options => {
    const invalidDefinition = expect.objectContaining({ code: 'invalid-definition' }) as Error;

    expect(() => defineApp(options as object)).toThrow(invalidDefinition);
  });

  it('and a module take nothing but what was defined', () => {
    const act = (): unknown => defineModule('shop', { actors: setup().counter as never });

    expect(act).toThrow(/The module shop needs actors to be a list of what defineActor returned/);
  });
});

describe('createRuntime', () => {
  it.each([
    { retention: { logs: '1d' } },
    { limits: { inbox: 3 } },
    { limits: { inputs: 0 } },
    { limits: { mailboxPerActor: 1.5 } },
    { limits: { cachedInstances: Number.NaN } },
    { watchdog: { after: '1s', kil: true } },
    { onExisting: 'share' },
    { logger: { info() {} } },
    { dropOrphans: 'counter' },
    { dropOrphans: [1] },
    { databases: 'app.db' },
  ])('refuses %j', async options => {
    const app = defineApp(setup().app);

    await expect(createRuntime(app, { database: ':memory:', ...(options as object) })).rejects.toMatchObject(invalid);
  });

  it('goes on when the logger throws', async () => {
    const { app, counter } = setup();
    const fail = (): never => {
      throw new Error('the disk of the logs is full');
    };
    const Fail = commandOf('options.fail');
    const failing = defineActor('failing', { retry: { attempts: 1 } }).on(Fail, fail);
    const { runtime, run } = await launch(
      { actors: [...app.actors, failing] },
      { logger: { debug: fail, info: fail, warn: fail, error: fail } },
    );
    await run(runtime.send(Fail, {}));
    await run(runtime.ask(Add, {}));

    expect(runtime.state(counter)).toEqual({ n: 1 });
    expect(runtime.info().state).toBe('running');
  });
});

describe('a message', () => {
  it('refuses an option it does not have', async () => {
    const { runtime, run } = await launch(setup().app);
    const typo = { idempotenceKey: 'a' } as object;

    await expect(run(runtime.send(Add, { n: 1 }, typo))).rejects.toMatchObject(invalid);
    await expect(run(runtime.ask(Add, { n: 1 }, typo))).rejects.toMatchObject(invalid);
    expect(() => runtime.transaction(tx => tx.send(Add, { n: 1 }, typo))).toThrow(expect.objectContaining(invalid));
  });

  it('refuses a second contract of a type, whose schema is not the one the owner relies on', async () => {
    const { counter, app } = setup();
    const other = defineCommand('options.add', { data: z.object({ wrong: z.string() }) });
    const { runtime, run } = await launch(app);

    const sent = run(runtime.send(other, { wrong: 'shape' }));
    await expect(sent).rejects.toMatchObject({ code: 'duplicate-name' });
    expect(runtime.state(counter)).toBeUndefined();
  });
});

describe('a transaction', () => {
  it('is over when its callback has returned: its tx is dead', async () => {
    const { counter, app } = setup();
    const { runtime, settled } = await launch(app);
    let kept: Transaction | undefined;
    runtime.transaction(tx => {
      kept = tx;
      tx.send(Add, { n: 1 });
    });
    await settled();

    const closed = expect.objectContaining({ code: 'ctx-closed' }) as Error;
    expect(() => kept?.send(Add, { n: 2 })).toThrow(closed);
    expect(() => kept?.sql).toThrow(closed);
    expect(runtime.state(counter)).toEqual({ n: 1 });
  });
});
