import { describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import { defineActor, defineApp } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash, restart } from '../../support/restart.ts';

const Happened = eventOf('hold.happened');
const Do = commandOf('hold.do');
const Other = commandOf('hold.other');

/** `Do` with a negative n fails until `healed`. */
function setup(
  options: { onExhausted?: 'hold' | 'continue'; retryOrder?: 'block' | 'skip-ahead'; attempts?: number } = {},
) {
  const world = { healed: false };
  const { attempts = 2, ...rest } = options;
  const worker = defineActor('worker', {
    state: () => ({ did: [] as string[] }),
    retry: { attempts, delay: '10s', factor: 1 },
    ...rest,
  })
    .on(Do, (ctx, { n }) => {
      if (n < 0 && !world.healed) throw new Error('not yet');
      return ctx.state.did.push(`do ${n}`);
    })
    .on(Other, (ctx, { n }) => ctx.state.did.push(`other ${n}`))
    .on(Happened, (ctx, { n }) => void ctx.state.did.push(`event ${n}`));
  return { world, worker, app: defineApp({ actors: [worker] }) };
}

describe('pausing', () => {
  it('K13 keeps the messages of a paused actor on disk and goes on in order, over a restart too', async () => {
    const { app, worker } = setup();
    const database = new Database(':memory:');
    const first = await launch(app, { database });
    await first.run(first.runtime.pause(worker));
    await first.run(Promise.all([1, 2].map(n => first.runtime.send(Do, { key: 'a', n }))));
    const second = await restart(first, app);
    await second.run(second.runtime.publish(Happened, { key: 'a', n: 3 }));
    expect(second.runtime.state(worker, 'a')).toBeUndefined();
    expect(second.runtime.why(worker, 'a').status).toBe('blocked');

    await second.run(second.runtime.resume(worker));

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do 1', 'do 2', 'event 3'] });
  });

  it('K3 ends with a resume whose commit had to be tried again', async () => {
    const { app, worker } = setup();
    const database = new FaultyDatabase();
    const launched = await launch(app, { database: database.handle });
    const { runtime, run, platform } = launched;
    await run(runtime.pause(worker));
    await run(runtime.publish(Happened, { key: 'a', n: 1 }));
    database.failCommit('SQLITE_BUSY');
    const resumed = runtime.resume(worker);
    await platform.advance(1_000);
    await resumed;
    expect(runtime.state(worker, 'a')).toEqual({ did: ['event 1'] });

    const second = await crash(launched, app);
    await second.run(second.runtime.publish(Happened, { key: 'a', n: 2 }));

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['event 1', 'event 2'] });
  });

  it('K13 keeps the messages of a paused handler on disk while the others go on', async () => {
    const { app, worker } = setup();
    const { runtime, run } = await launch(app);
    await run(runtime.pause(worker, { on: Do }));
    await run(Promise.all([runtime.send(Do, { key: 'a', n: 1 }), runtime.send(Other, { key: 'a', n: 2 })]));
    expect(runtime.state(worker, 'a')).toEqual({ did: ['other 2'] });

    await run(runtime.resume(worker, { on: Do }));

    expect(runtime.state(worker, 'a')).toEqual({ did: ['other 2', 'do 1'] });
  });

  it('K13 does not let a waiting message of a paused handler block its instance after a crash', async () => {
    const { app, worker, world } = setup();
    const first = await launch(app);
    await first.run(first.runtime.send(Do, { key: 'a', n: -1 }));
    await first.run(first.runtime.pause(worker, { on: Do }));

    const second = await crash(first, app, { downMs: 60_000 });
    await second.run(second.runtime.send(Other, { key: 'a', n: 2 }));
    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['other 2'] });

    world.healed = true;
    await second.run(second.runtime.resume(worker, { on: Do }));
    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['other 2', 'do -1'] });
  });

  it('K13 keeps the messages of a paused instance on disk while its siblings go on', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    await first.run(first.runtime.pause(worker, { key: 'a' }));
    await first.run(Promise.all(['a', 'b', 'a'].map((key, n) => first.runtime.send(Do, { key, n }))));
    expect(first.runtime.state(worker, 'b')).toEqual({ did: ['do 1'] });

    const second = await crash(first, app);
    await second.run(second.runtime.resume(worker, { key: 'a' }));

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do 0', 'do 2'] });
  });

  it('K13 leaves nothing behind when messages arrive in the commit that resumes', async () => {
    const { app, worker } = setup();
    const { runtime, run } = await launch(app);
    await run(runtime.pause(worker, { key: 'a' }));

    const sent = [1, 2].map(n => runtime.send(Do, { key: 'a', n }));
    await run(Promise.all([...sent, runtime.resume(worker, { key: 'a' }), runtime.send(Do, { key: 'a', n: 3 })]));

    expect(runtime.state(worker, 'a')).toEqual({ did: ['do 1', 'do 2', 'do 3'] });
    expect(runtime.why(worker, 'a').status).toBe('idle');
  });

  it('K13 applies once what was handled in the commit that pauses and resumes', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    await first.run(first.runtime.pause(worker));
    await first.run(first.runtime.send(Do, { key: 'a', n: 1 }));
    await first.run(first.runtime.resume(worker, { key: 'x' }).catch(() => {}));
    const second = await crash(first, app);
    await second.run(second.runtime.pause(worker, { key: 'a' }));
    await second.run(second.runtime.resume(worker));
    const released = second.runtime.resume(worker, { key: 'a' });
    await second.run(
      Promise.all([released, second.runtime.pause(worker, { key: 'a' }), second.runtime.resume(worker, { key: 'a' })]),
    );

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do 1'] });
  });

  it('refuses to resume what neither waits nor exists', async () => {
    const { app, worker } = setup();
    const { runtime, run } = await launch(app);

    await expect(run(runtime.resume(worker, { key: 'a' }))).rejects.toMatchObject({ code: 'not-found' });
    await expect(run(runtime.pause({ name: 'nobody' }))).rejects.toMatchObject({ code: 'unknown-definition' });
    await expect(run(runtime.pause(worker, { on: 'hold.none' }))).rejects.toMatchObject({ code: 'unknown-definition' });
    await expect(run(runtime.pause(worker, { on: Do, key: 'a' }))).rejects.toMatchObject({ code: 'invalid-options' });
  });
});

describe('the order of retries', () => {
  it('blocks later messages of the address by default, over a crash too', async () => {
    const { app, worker, world } = setup({ attempts: 9 });
    const first = await launch(app);
    await first.run(Promise.all([-1, 2].map(n => first.runtime.send(Do, { key: 'a', n }))));
    const second = await crash(first, app);
    expect(second.runtime.state(worker, 'a')).toBeUndefined();

    world.healed = true;
    await second.platform.advance(10_000);

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do -1', 'do 2'] });
  });

  it('lets later messages overtake with skip-ahead, over a crash too', async () => {
    const { app, worker, world } = setup({ retryOrder: 'skip-ahead', attempts: 9 });
    const first = await launch(app);
    await first.run(Promise.all([-1, 2].map(n => first.runtime.send(Do, { key: 'a', n }))));
    expect(first.runtime.state(worker, 'a')).toEqual({ did: ['do 2'] });
    const second = await crash(first, app);
    await second.run(second.runtime.send(Do, { key: 'a', n: 3 }));

    world.healed = true;
    await second.platform.advance(10_000);

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do 2', 'do 3', 'do -1'] });
    expect(second.kernel.registration('worker')?.pending).toBe(0);
  });

  it.each(['key', 'on'] as const)('applies an overtaken retry once when paused and resumed by %s', async part => {
    const { app, worker, world } = setup({ retryOrder: 'skip-ahead', attempts: 9 });
    const { runtime, run, platform, kernel } = await launch(app);
    await run(runtime.send(Do, { key: 'a', n: -1 }));
    const what = part === 'key' ? { key: 'a' } : { on: Do };
    await run(runtime.pause(worker, what));
    await run(runtime.resume(worker, what));

    world.healed = true;
    await platform.advance(10_000);

    expect(runtime.state(worker, 'a')).toEqual({ did: ['do -1'] });
    expect(kernel.registration('worker')?.pending).toBe(0);
  });
});

describe('pausing a handler in the commit in which it fails', () => {
  it('K13 leaves an overtaken retry on disk, blocks nothing, and applies it once', async () => {
    const { app, worker, world } = setup({ retryOrder: 'skip-ahead', attempts: 9 });
    const { runtime, run, platform, kernel } = await launch(app);
    await run(Promise.all([runtime.send(Do, { key: 'a', n: -1 }), runtime.pause(worker, { on: Do })]));
    await platform.advance(20_000);
    await run(runtime.send(Other, { key: 'a', n: 2 }));
    expect(runtime.state(worker, 'a')).toEqual({ did: ['other 2'] });

    world.healed = true;
    await run(runtime.resume(worker, { on: Do }));
    await platform.advance(20_000);

    expect(runtime.state(worker, 'a')).toEqual({ did: ['other 2', 'do -1'] });
    expect(kernel.registration('worker')?.pending).toBe(0);
  });
});

describe('holding an instance after its last attempt', () => {
  async function held() {
    const set = setup({ onExhausted: 'hold', attempts: 1 });
    const launched = await launch(set.app);
    const { runtime, run } = launched;
    await run(Promise.all([-1, 2, 3].map(n => runtime.send(Do, { key: 'a', n }))));
    await run(runtime.send(Do, { key: 'b', n: 4 }));
    const [letter] = runtime.deadLetters.list();
    return { ...set, launched, id: letter?.id ?? 0 };
  }

  it('keeps later messages in order behind the failed one, over a crash too', async () => {
    const { launched, app, worker, world, id } = await held();
    expect(launched.runtime.why(worker, 'a').status).toBe('blocked');
    expect(launched.runtime.state(worker, 'b')).toEqual({ did: ['do 4'] });
    const second = await crash(launched, app);
    await second.run(second.runtime.send(Do, { key: 'a', n: 5 }));
    expect(second.runtime.state(worker, 'a')).toBeUndefined();

    world.healed = true;
    await second.run(second.runtime.deadLetters.retry(id));

    expect(second.runtime.state(worker, 'a')).toEqual({ did: ['do -1', 'do 2', 'do 3', 'do 5'] });
    expect(second.runtime.deadLetters.list()).toEqual([]);
  });

  it('goes on with the edited message first', async () => {
    const { launched, worker, id } = await held();

    await launched.run(launched.runtime.deadLetters.edit(id, { key: 'a', n: 1, text: '' }));

    expect(launched.runtime.state(worker, 'a')).toEqual({ did: ['do 1', 'do 2', 'do 3'] });
  });

  it('goes on without the discarded message', async () => {
    const { launched, worker, id } = await held();

    await launched.run(launched.runtime.deadLetters.discard(id));

    expect(launched.runtime.state(worker, 'a')).toEqual({ did: ['do 2', 'do 3'] });
    await expect(launched.run(launched.runtime.deadLetters.discard(id))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is held again when the retry fails, with the others still behind it', async () => {
    const { launched, worker, world, id } = await held();
    await launched.run(launched.runtime.deadLetters.retry(id));
    expect(launched.runtime.state(worker, 'a')).toBeUndefined();

    world.healed = true;
    await launched.run(launched.runtime.deadLetters.retry(launched.runtime.deadLetters.list()[0]?.id ?? 0));

    expect(launched.runtime.state(worker, 'a')).toEqual({ did: ['do -1', 'do 2', 'do 3'] });
  });

  it('stays held when somebody pauses it', async () => {
    const { launched, worker, world, id } = await held();
    await launched.run(launched.runtime.pause(worker, { key: 'a' }));

    world.healed = true;
    await launched.run(launched.runtime.deadLetters.retry(id));

    expect(launched.runtime.state(worker, 'a')).toEqual({ did: ['do -1', 'do 2', 'do 3'] });
  });
});
