import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, Fault, type FaultData } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch, tables } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Happened = eventOf('letter.happened');
const Do = commandOf('letter.do');

class Final extends Error {}

function setup() {
  const world = { healed: false, keys: [] as string[] };
  const alerts = defineActor('alerts', { state: () => ({ faults: [] as FaultData[] }), single: true }).on(
    Fault,
    (ctx, fault) => void ctx.state.faults.push(fault),
  );
  const worker = defineActor('worker', { state: () => ({ did: 0 }), retry: { attempts: 2, delay: 0, unless: [Final] } })
    .on(Do, (ctx, { n, text }) => {
      world.keys.push(ctx.message.id, ctx.id());
      if (text === 'final') throw new Final('for good');
      if (text === 'refused') return undefined as unknown as null;
      if (n < 0 && !world.healed) throw new Error('broken');
      return (ctx.state.did += 1);
    })
    .on(Happened, ctx => void (ctx.state.did += 10));
  return { world, alerts, worker, app: defineApp({ actors: [alerts, worker] }) };
}

describe('a throwing filter or key', () => {
  it.each(['where', 'key'] as const)('K14 dead-letters at the subscriber of the throwing %s only', async part => {
    const { alerts, worker } = setup();
    const explode = (): never => {
      throw new Error(`bad ${part}`);
    };
    const picky = defineActor('picky').on(Happened, () => {}, part === 'where' ? { where: explode } : { key: explode });
    const { runtime, run } = await launch({ actors: [alerts, worker, picky] });

    const { id } = await run(runtime.publish(Happened, { key: 'a' }));

    expect(runtime.state(worker, 'a')).toEqual({ did: 10 });
    expect(runtime.deadLetters.list()).toMatchObject([
      {
        messageId: id,
        address: 'picky/a',
        handler: Happened.type,
        reason: 'filter-failed',
        failures: [{ message: expect.stringContaining(part === 'where' ? 'bad where' : 'key function') as unknown }],
      },
    ]);
    expect(runtime.state(alerts)?.faults).toMatchObject([{ name: 'picky', reason: 'filter-failed' }]);
  });

  it('K14 is asked again by a retry, which goes where it says then', async () => {
    const world = { isBroken: true };
    const keyOf = ({ key }: { key: string }): string => {
      if (world.isBroken) throw new Error('no key');
      return `new-${key}`;
    };
    const picky = defineActor('picky', { state: () => ({ did: 0 }) }).on(Happened, ctx => void (ctx.state.did += 1), {
      key: keyOf,
      where: ({ key }) => key !== 'b',
    });
    const { runtime, run } = await launch({ actors: [picky] });
    await run(runtime.publish(Happened, { key: 'a' }));
    const retry = (): Promise<void> => run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    await retry();
    expect(runtime.deadLetters.list()).toMatchObject([{ address: 'picky/a', reason: 'filter-failed' }]);
    world.isBroken = false;
    await retry();

    expect(runtime.deadLetters.list()).toEqual([]);
    expect([runtime.state(picky, 'new-a'), runtime.state(picky, 'a')]).toEqual([{ did: 1 }, undefined]);
  });

  it('K14 answers a command whose key function throws', async () => {
    const keyed = defineActor('keyed').on(Do, () => 1, { key: () => '' });
    const { runtime, run } = await launch({ actors: [keyed] });

    await expect(run(runtime.ask(Do, { key: 'a' }))).rejects.toMatchObject({ code: 'handler-failed' });
  });

  it('refuses a filter on a command, which would vanish without an answer', async () => {
    const filtered = () => defineActor('filtered').on(Do, () => 1, { where: () => false });

    expect(filtered).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });
});

describe('a fault', () => {
  it('K14 commits with the dead letter', async () => {
    const { app, alerts } = setup();
    const { runtime, run, settled, store } = await launch(app, { turns: 1 });
    const seen: number[] = [];
    runtime.tap('dead-letter', () => {
      const messages = tables(store)['messages'] as { type: string }[];
      seen.push(messages.filter(({ type }) => type === Fault.type).length);
    });

    await run(runtime.send(Do, { key: 'a', n: -1 }));
    await settled();

    expect(seen).toEqual([1]);
    expect(runtime.state(alerts)?.faults).toMatchObject([
      { type: Do.type, name: 'worker', key: 'a', attempts: 2, error: { name: 'Error', message: 'broken' } },
    ]);
  });

  it('K14 about a fault is not published', async () => {
    const { worker } = setup();
    const broken = defineActor('broken', { retry: { attempts: 1 } }).on(Fault, () => {
      throw new Error('alerts are down');
    });
    const { runtime, run } = await launch({ actors: [worker, broken] });

    await run(runtime.send(Do, { key: 'a', n: -1 }));

    expect(runtime.deadLetters.list().map(({ type }) => type)).toEqual([Fault.type, Do.type]);
  });
});

describe('a message that fails for good', () => {
  it('keeps what each attempt threw, over a crash in between', async () => {
    const { app } = setup();
    const first = await launch(app, { turns: 1 });
    const sent = first.runtime.send(Do, { key: 'a', n: -1 });
    while (first.kernel.store.deliveries.all()[0]?.attempts !== 1) {
      if (!first.platform.step()) await new Promise(resolve => setImmediate(resolve));
    }
    await sent;
    const second = await crash(first, app);
    await second.settled();

    expect(second.runtime.deadLetters.list()).toMatchObject([
      { attempts: 2, reason: 'attempts-exhausted', failures: [{ attempt: 1 }, { attempt: 2, name: 'Error' }] },
    ]);
  });

  it.each(['final', 'refused'])('is not tried again after a %s error', async text => {
    const { app, world } = setup();
    const { runtime, run } = await launch(app);

    await expect(run(runtime.ask(Do, { key: 'a', text }))).rejects.toMatchObject({ code: 'handler-failed' });

    expect(world.keys).toHaveLength(2);
  });

  it('K3 is counted once, though its drain had to run again', async () => {
    const database = new FaultyDatabase();
    const { runtime, platform } = await launch(setup().app, { database: database.handle });
    await platform.settle();
    database.failCommit('SQLITE_BUSY');
    const sent = runtime.send(Do, { text: 'final' });
    await platform.advance(1_000);
    await sent;

    expect(runtime.deadLetters.list()).toHaveLength(1);
    expect(runtime.info().deadLetters).toBe(1);
  });

  it('leaves the next messages of its instance alone', async () => {
    const { app, worker } = setup();
    const { runtime, run } = await launch(app);

    await run(Promise.all([runtime.send(Do, { key: 'a', n: -1 }), runtime.send(Do, { key: 'a', n: 1 })]));

    expect(runtime.state(worker, 'a')).toEqual({ did: 1 });
  });
});

describe('an operator', () => {
  it('K21 retries with the same effect key', async () => {
    const { app, world, worker } = setup();
    const first = await launch(app);
    await first.run(first.runtime.send(Do, { key: 'a', n: -1 }));
    const second = await crash(first, app);

    world.healed = true;
    await second.run(second.runtime.deadLetters.retry(second.runtime.deadLetters.list()[0]?.id ?? 0));

    expect(new Set(world.keys).size).toBe(2);
    expect(second.runtime.state(worker, 'a')).toEqual({ did: 1 });
    expect(second.runtime.info().deadLetters).toBe(0);
  });

  it('K21 makes a new message by an edit, for the same handler, caused by the old one', async () => {
    const { app, world, worker } = setup();
    const copy = defineActor('copy', { state: () => ({ events: 0 }) }).onAny(
      'letter.*',
      ctx => void (ctx.state.events += 1),
    );
    const { runtime, run } = await launch({ actors: [...app.actors, copy] });
    const { id } = await run(runtime.send(Do, { key: 'a', n: -1 }));
    await run(runtime.deadLetters.edit(runtime.deadLetters.list()[0]?.id ?? 0, { key: 'a', n: 5, text: '' }));

    expect(new Set(world.keys).size).toBe(4);
    expect(runtime.state(worker, 'a')).toEqual({ did: 1 });
    expect(runtime.trace(id).roots[0]).toMatchObject({
      id,
      children: expect.arrayContaining([expect.objectContaining({ type: Do.type })]) as unknown,
    });
  });

  it('is refused with the reason where an edit does not fit the contract', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);
    await run(runtime.send(Do, { key: 'a', n: -1 }));
    const id = runtime.deadLetters.list()[0]?.id ?? 0;

    await expect(run(runtime.deadLetters.edit(id, { key: 1 }))).rejects.toMatchObject({ code: 'invalid-message' });
    expect(runtime.deadLetters.get(id)).toBeDefined();
  });

  it('is refused where the handler is gone, and the dead letter stays', async () => {
    const { app, alerts } = setup();
    const first = await launch(app);
    await first.run(first.runtime.publish(Happened, { key: 'a' }));
    await first.run(first.runtime.send(Do, { key: 'a', n: -1 }));
    const second = await crash(first, { actors: [alerts] });
    const [letter] = second.runtime.deadLetters.list();

    const retried = second.run(second.runtime.deadLetters.retry(letter?.id ?? 0));

    await expect(retried).rejects.toMatchObject({ code: 'unknown-definition' });
    expect(second.runtime.deadLetters.list()).toMatchObject([{ address: 'worker/a', type: Do.type }]);
  });

  it('pages through the dead letters, newest first', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);
    await run(Promise.all([1, 2, 3].map(n => runtime.send(Do, { key: `k${n}`, n: -n }))));

    const [newest] = runtime.deadLetters.list({ limit: 1 });
    expect(newest?.address).toBe('worker/k3');
    expect(runtime.deadLetters.list({ before: newest?.id }).map(({ address }) => address)).toEqual([
      'worker/k2',
      'worker/k1',
    ]);
  });
});
