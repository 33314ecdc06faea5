import { describe, expect, it } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';

const Ping = eventOf('limit.ping');
const Pong = eventOf('limit.pong');
const Go = commandOf('limit.go');
const Step = commandOf('limit.step');

const failure = { code: 'handler-failed' };

describe('the hop limit', () => {
  it('K17 stops events that cause events for ever', async () => {
    const { runtime, run, settled } = await launch({
      actors: [
        defineActor('ping', { publishes: [Pong], state: () => ({ n: 0 }) }).on(Ping, (ctx, data) => {
          ctx.state.n += 1;
          ctx.publish(Pong, data);
        }),
        defineActor('pong', { publishes: [Ping] }).on(Pong, (ctx, data) => ctx.publish(Ping, data)),
      ],
    });

    await run(runtime.publish(Ping, { key: 'a' }));
    await settled();

    const [letter] = runtime.deadLetters.list();
    expect(letter).toMatchObject({ attempts: 1, failures: [{ code: 'hop-limit' }] });
    expect(runtime.state({ name: 'ping' } as never, 'a')).toEqual({ n: 32 });
  });

  it('K17 counts on through commands and the ends of tasks, and anew after a timer', async () => {
    const loop = defineActor('loop', { state: () => ({ n: 0 }), publishes: [Ping], sends: [Go, Step] })
      .on(Ping, (ctx, data) => {
        ctx.state.n += 1;
        if (data.text === 'timer') ctx.schedule(Step, data, { after: '1s' });
        else ctx.send(Go, data);
      })
      .task(Go, { run: async () => null, done: (ctx, _result, data) => (ctx.publish(Ping, data), null) })
      .on(Step, (ctx, data) => (ctx.publish(Ping, data), null));
    const { runtime, run, platform } = await launch({ actors: [loop] });

    await run(runtime.publish(Ping, { key: 'a' }));
    expect(runtime.deadLetters.list()).toMatchObject([{ failures: [{ code: 'hop-limit' }] }]);

    await run(runtime.publish(Ping, { key: 'b', text: 'timer' }));
    await platform.advance(100_000);
    expect(runtime.deadLetters.list()).toHaveLength(1);
    expect(runtime.state(loop, 'b')).toEqual({ n: 101 });
  });
});

describe('one turn', () => {
  it('K17 may not want more than a thousand messages, and a larger wish changes nothing', async () => {
    const eager = defineActor('eager', { state: () => ({ n: 0 }), publishes: [Ping] }).on(Go, (ctx, { n }) => {
      ctx.state.n += 1;
      for (let i = 0; i < n; i++) ctx.publish(Ping, { key: 'a' });
      return ctx.state.n;
    });
    const { runtime, run } = await launch({ actors: [eager] });

    await expect(run(runtime.ask(Go, { n: 1_001 }))).rejects.toMatchObject(failure);
    expect(runtime.deadLetters.list()).toMatchObject([{ failures: [{ code: 'too-many-outgoing' }] }]);
    expect(await run(runtime.ask(Go, { n: 1_000 }))).toBe(1);
  });
});

describe('the size of a state', () => {
  const big = defineActor('big', { state: () => ({ text: '' }) }).on(Go, (ctx, { n, text }) => {
    ctx.state.text = text.repeat(n);
    return n;
  });
  const MIB = 1_048_576;

  it.each([
    ['ascii', 'a'],
    ['two-byte', 'ß'],
  ])('K17 refuses a state of more than 1 MiB of %s text as a failure of its handler only', async (_name, text) => {
    const { runtime, run, kernel } = await launch({ actors: [big] });
    const size = new TextEncoder().encode(text).length;

    const tooLarge = runtime.ask(Go, { key: 'a', n: MIB / size, text });
    const neighbour = runtime.ask(Go, { key: 'b', n: 10, text });

    await expect(run(tooLarge)).rejects.toMatchObject(failure);
    expect(await neighbour).toBe(10);
    expect(runtime.deadLetters.list()).toMatchObject([{ attempts: 1, failures: [{ code: 'too-large' }] }]);
    expect(kernel.scheduler.state).toBe('running');
    expect(await run(runtime.ask(Go, { key: 'a', n: Math.floor(MIB / size) - 20, text }))).toBeGreaterThan(1);
  });

  it('K17 warns of a state larger than 64 kB', async () => {
    const { runtime, run, logs } = await launch({ actors: [big] });
    await run(runtime.ask(Go, { key: 'a', n: 60_000, text: 'a' }));
    expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);

    await run(runtime.ask(Go, { key: 'a', n: 70_000, text: 'a' }));

    expect(logs.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { address: 'big/a' } }]);
  });
});

describe('a full mailbox', () => {
  const never = defineActor('never', { retry: { attempts: 9, delay: '1h', factor: 1 } })
    .on(Go, () => {
      throw new Error('not now');
    })
    .on(Ping, () => {});
  const sender = defineActor('sender', { sends: [Go], retry: { attempts: 1 } }).on(
    Step,
    (ctx, data) => (ctx.send(Go, data), 1),
  );

  it('P14 refuses more commands for the address, from the edge and from turns, and no others', async () => {
    const { runtime, run } = await launch({ actors: [never, sender] }, { limits: { mailboxPerAddress: 3 } });
    await run(Promise.all([1, 2, 3].map(n => runtime.send(Go, { key: 'a', n }))));

    await expect(run(runtime.send(Go, { key: 'a' }))).rejects.toMatchObject({ code: 'mailbox-full', retryable: true });
    await expect(run(runtime.ask(Step, { key: 'a' }))).rejects.toMatchObject(failure);
    await run(runtime.send(Go, { key: 'b' }));
    await run(runtime.publish(Ping, { key: 'a' }));
    expect(runtime.why(never, 'a').reasons).toContainEqual(expect.objectContaining({ kind: 'behind', waiting: 3 }));
  });

  it('P14 bounds what waits to be accepted', async () => {
    const { runtime, settled } = await launch({ actors: [never] }, { limits: { inputs: 2 } });
    const sent = [1, 2, 3].map(n => runtime.publish(Ping, { n }).catch((error: unknown) => error));
    await settled();

    expect(await Promise.all(sent)).toMatchObject([
      { duplicate: false },
      { duplicate: false },
      { code: 'mailbox-full' },
    ]);
  });
});

describe('too many dead letters', () => {
  it('P14 refuse new messages until some are gone', async () => {
    const failing = defineActor('failing', { retry: { attempts: 1 } }).on(Ping, () => {
      throw new Error('no');
    });
    const { runtime, run, kernel } = await launch({ actors: [failing] });
    kernel.deadLetters = kernel.limits.deadLetters - 1;
    await run(runtime.publish(Ping, {}));

    await expect(run(runtime.publish(Ping, {}))).rejects.toMatchObject({ code: 'dead-letters-full' });
    await run(runtime.deadLetters.discard(runtime.deadLetters.list()[0]?.id ?? 0));
    await run(runtime.publish(Ping, {}));
  });
});

describe('the cache of instances', () => {
  it('evicts idle instances and loads them again with their state', async () => {
    const counter = defineActor('counter', { state: () => ({ n: 0 }) }).on(Go, ctx => (ctx.state.n += 1));
    const { runtime, run } = await launch({ actors: [counter] }, { limits: { cachedInstances: 5 } });
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 30; key++) await run(runtime.ask(Go, { key: `k${key}` }));
    }

    expect(runtime.info().cachedInstances).toBeLessThanOrEqual(6);
    for (let key = 0; key < 30; key++) expect(runtime.state(counter, `k${key}`)).toEqual({ n: 3 });
  });

  it('K19 keeps an instance with a task, so that its tasks still run one at a time', async () => {
    const open: (() => void)[] = [];
    const worker = defineActor('worker', { state: () => ({ n: 0 }) })
      .on(Step, ctx => (ctx.state.n += 1))
      .task(Go, async () => {
        await new Promise<void>(resolve => open.push(resolve));
        return null;
      });
    const { runtime, run, settled } = await launch({ actors: [worker] }, { limits: { cachedInstances: 1 } });
    await run(runtime.send(Go, { key: 'a' }));
    for (let key = 0; key < 9; key++) await run(runtime.ask(Step, { key: `k${key}` }));

    await run(runtime.send(Go, { key: 'a' }));

    expect(open).toHaveLength(1);
    open[0]?.();
    await settled();
    expect(open).toHaveLength(2);
  });

  it('keeps what is paused or waits for a retry', async () => {
    const { runtime, run, platform } = await launch(
      {
        actors: [
          defineActor('flaky', {
            state: () => ({ n: 0 }),
            retryOrder: 'skip-ahead',
            retry: { delay: '1h', factor: 1 },
          }).on(Go, (ctx, { n }) => {
            if (ctx.attempt === 1 && n < 0) throw new Error('once');
            return (ctx.state.n += 1);
          }),
        ],
      },
      { limits: { cachedInstances: 1 } },
    );
    const flaky = { name: 'flaky' } as never;
    await run(runtime.send(Go, { key: 'retry', n: -1 }));
    await run(runtime.pause(flaky, { key: 'paused' }));
    await run(runtime.send(Go, { key: 'paused', n: 1 }));
    for (let key = 0; key < 9; key++) await run(runtime.ask(Go, { key: `k${key}` }));
    expect(runtime.state(flaky, 'paused')).toBeUndefined();

    await run(runtime.resume(flaky, { key: 'paused' }));
    await platform.advance(3_600_000);

    expect([runtime.state(flaky, 'paused'), runtime.state(flaky, 'retry')]).toEqual([{ n: 1 }, { n: 1 }]);
  });
});

describe('an event that nobody hears', () => {
  it('is counted and kept', async () => {
    const app = { actors: [defineActor('deaf').on(Go, () => 1)] };
    const { runtime, run, store } = await launch(app);

    const { position } = await run(runtime.publish(Ping, { key: 'a' }));

    expect(runtime.info().unheard).toBe(1);
    expect(store.messages.get(position)?.type).toBe(Ping.type);
  });
});
