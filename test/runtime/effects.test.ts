// The effect ledger as an app defines it and an operator sees it: policies, list, repeats, forget, retention, cost.
import { describe, expect, it, vi } from 'vitest';
import { compile } from '../../src/create-runtime.ts';
import { createRuntime, defineActor, defineApp, type EffectPolicies } from '../../src/index.ts';
import { commandOf, eventOf, launch, type Launched } from '../support/kernel-kit.ts';

const DAY = 86_400_000;
const Charge = commandOf('pay.charge');
const Mail = commandOf('mail.send');
const Placed = eventOf('order.placed');

const payments = defineActor('payments')
  .on(Charge, (_, { n }) => n, { effect: 'charge-card' })
  .on(Mail, () => null, { effect: 'send-mail' });
const eager = defineActor('eager').on(Placed, () => {}, { effect: 'charge-card' });
const appWith = (effects: unknown) => defineApp({ actors: [payments, eager], effects: effects as EffectPolicies });
const block = appWith({ '*': 'block' });

async function double({ runtime, run, settled }: Launched, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await run(runtime.publish(Placed, { key }));
    await run(runtime.send(Charge, { key }));
    await settled();
  }
}

describe('K26 policies of an app', () => {
  it.each([
    ['an effect no handler has', { 'charge-cart': 'block' }, "No handler has the effect 'charge-cart'"],
    ['an unknown policy', { 'charge-card': 'allow' }, 'has the policy "allow"'],
    ['an unknown policy for all', { '*': 1 }, 'has the policy 1'],
    ['no policy', { 'charge-card': { scope: 'key' } }, 'has the policy undefined'],
    ['an unknown scope', { 'charge-card': { policy: 'warn', scope: 'day' } }, 'has the scope "day"'],
    ['an unknown option', { 'charge-card': { policy: 'warn', per: 'key' } }, "has an unknown option 'per'"],
    ['something else', null, 'effects of defineApp is no object'],
  ])('are refused at the start: %s', async (_, effects, message) => {
    await expect(createRuntime(appWith(effects), { database: ':memory:' })).rejects.toMatchObject({
      code: 'invalid-definition',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it.each(['', '*', 5, 'x'.repeat(201)])('are for effects with a name: not %s', async name => {
    const actor = defineActor('actor').on(Charge, () => 1, { effects: [name as string] });

    expect(() => compile(defineApp({ actors: [actor] }))).toThrow(
      expect.objectContaining({ code: 'invalid-definition' }),
    );
  });

  it('know nothing of what every object has', async () => {
    const odd = defineActor('odd').on(Charge, () => 1, { effect: 'toString' });
    const { runtime, run } = await launch({ actors: [odd] });
    await run(runtime.ask(Charge, { key: '1' }));

    expect(await run(runtime.ask(Charge, { key: '1' }))).toBe(1);
  });
});

describe('K26 effects of a runtime', () => {
  it('are listed with everything that is known of them, the oldest first', async () => {
    const launched = await launch(block);
    await double(launched, ['1']);
    const { runtime, platform } = launched;
    const [first, second] = runtime.effects.list();

    expect(first).toEqual({
      id: 1,
      effect: 'charge-card',
      key: '1',
      scope: '',
      state: 'done',
      messageId: expect.any(String) as unknown,
      address: 'eager/1',
      handler: Placed.type,
      time: expect.any(Number) as unknown,
    });
    expect(Math.abs((first?.time ?? 0) - platform.wallMs())).toBeLessThan(1_000);
    expect(second).toMatchObject({ state: 'blocked', handler: Charge.type });
  });

  it('are listed by name, key and state, and as many as wanted', async () => {
    const launched = await launch(block);
    await double(launched, ['1', '2']);
    await launched.run(launched.runtime.ask(Mail, { key: '1' }));
    const { effects } = launched.runtime;
    const ids = (query: Parameters<typeof effects.list>[0]): number[] => effects.list(query).map(({ id }) => id);

    expect(ids({ effect: 'send-mail' })).toEqual([5]);
    expect(ids({ key: '1' })).toEqual([1, 2, 5]);
    expect(ids({ effect: 'charge-card', key: '2', state: 'blocked' })).toEqual([4]);
    expect(ids({ limit: 2 })).toEqual([1, 2]);
    expect(ids({ effect: 'none' })).toEqual([]);
  });

  it('tell who was first and who second in one query, the same in SQL', async () => {
    const launched = await launch(appWith({ 'charge-card': 'warn' }));
    await double(launched, ['1', '2']);
    const { runtime, run, store } = launched;
    const all = vi.spyOn(store.database, 'prepare');
    const repeats = runtime.effects.repeats({ effect: 'charge-card', key: '2' });

    expect(repeats).toMatchObject([
      {
        effect: 'charge-card',
        key: '2',
        policy: 'warn',
        first: { address: 'eager/2' },
        second: { address: 'payments/2' },
      },
    ]);
    expect(all).toHaveBeenCalledOnce();
    expect(runtime.effects.repeats()).toHaveLength(2);
    expect(runtime.effects.repeats({ limit: 1 })).toHaveLength(1);
    const sql = 'select address, state from troupe_effects where effect = ? and key = ? order by id';
    expect(store.database.prepare(sql).raw().all('charge-card', '2')).toEqual([
      ['eager/2', 'done'],
      ['payments/2', 'repeated'],
    ]);
    await run(runtime.effects.forget('charge-card', '2'));
    expect(runtime.effects.repeats({ key: '2' })).toMatchObject([{ first: { state: 'forgotten' } }]);
  });

  it('name as first who held the key when the second came', async () => {
    const launched = await launch(block);
    const { runtime, run } = launched;
    await double(launched, ['1']);
    await run(runtime.effects.forget('charge-card', '1'));
    await run(runtime.ask(Charge, { key: '1', n: 4 }));
    await run(runtime.publish(Placed, { key: '1' }));

    expect(runtime.effects.repeats().map(({ first, second }) => `${first.address} ${second.address}`)).toEqual([
      'eager/1 payments/1',
      'payments/1 eager/1',
    ]);
  });

  it('are forgotten by hand: the next one is the first', async () => {
    const launched = await launch(block);
    const { runtime, run } = launched;
    await double(launched, ['1']);
    await run(runtime.effects.forget('charge-card', '1'));

    expect(await run(runtime.ask(Charge, { key: '1', n: 6 }))).toBe(6);
    expect(runtime.effects.list().map(({ state }) => state)).toEqual(['forgotten', 'blocked', 'done']);
  });

  it('cannot be forgotten where nobody holds the key', async () => {
    const { runtime, run } = await launch(block);

    await expect(run(runtime.effects.forget('charge-card', '1'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('K26 retention', () => {
  it('removes what is older than retention.dedupe and whose message is gone, but nothing that runs', async () => {
    const slow = defineActor('slow').task(
      Mail,
      async ctx => {
        await ctx.sleep('long', '60d');
        return 1;
      },
      { timeout: '90d', effect: 'send-mail' },
    );
    const app = { actors: [defineActor('payments').on(Charge, (_, { n }) => n, { effect: 'charge-card' }), slow] };
    const { runtime, run, platform } = await launch(app, { retention: { log: '2d', dedupe: '7d' } });
    await run(runtime.send(Mail, { key: 'slow' }));
    await run(runtime.ask(Charge, { key: 'old' }));
    await platform.advance(6 * DAY);
    await run(runtime.ask(Charge, { key: 'new' }));
    runtime.prune();
    expect(runtime.effects.list().map(({ key }) => key)).toEqual(['slow', 'old', 'new']);
    await platform.advance(2 * DAY);
    runtime.prune();

    expect(runtime.effects.list().map(({ key, state }) => `${key} ${state}`)).toEqual(['slow running', 'new done']);
  });

  it('keeps what is older while its message is in the log', async () => {
    const { runtime, run, platform } = await launch(block, { retention: { log: '30d', dedupe: '1d' } });
    await run(runtime.ask(Charge, { key: '1' }));
    await platform.advance(9 * DAY);
    runtime.prune();

    expect(runtime.effects.list()).toHaveLength(1);
  });

  it('goes through any number of them', async () => {
    const { runtime, run, platform } = await launch(block, { retention: { log: '1d', dedupe: '1d' } });
    await run(Promise.all(Array.from({ length: 2_500 }, (_, n) => runtime.ask(Charge, { key: `k${n}` }))));
    await platform.advance(3 * DAY);
    await run(runtime.ask(Charge, { key: 'new' }));
    runtime.prune();

    expect(runtime.effects.list().map(({ key }) => key)).toEqual(['new']);
  });
});

describe('K26 an app without effects', () => {
  it('writes no row and runs no statement of the ledger', async () => {
    const plain = defineActor('plain')
      .on(Charge, (_, { n }) => n)
      .task(Mail, async () => null)
      .on(Placed, () => {});
    const { runtime, run, store, kernel } = await launch({ actors: [plain] });
    const methods = ['holder', 'has', 'add', 'end', 'reply'] as const;
    const spies = methods.map(method => vi.spyOn(store.effects, method));
    await run(runtime.ask(Charge, { key: '1' }));
    await run(runtime.ask(Mail, { key: '1' }));
    await run(runtime.publish(Placed, { key: '1' }));

    expect(kernel.keepsEffects).toBe(false);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(runtime.effects.list()).toEqual([]);
  });
});

describe('a query of the ledger', () => {
  it.each([
    [{ efect: 'charge-card' }, "effects.list has no option 'efect'. Use effect, key, state, limit."],
    [{ state: 'blokced' }, "effects.list got state 'blokced'. Use running, done"],
    [{ limit: 0 }, 'effects.list got limit 0. Use a whole number from 1.'],
    [{ limit: 1.5 }, 'got limit 1.5'],
  ])('is refused where it would filter nothing: %j', async (query, message) => {
    const { runtime } = await launch(block);
    const refused = expect.objectContaining({
      code: 'invalid-options',
      message: expect.stringContaining(message) as unknown,
    }) as Error;
    expect(() => runtime.effects.list(query as never)).toThrow(refused);
    expect(() => runtime.effects.repeats({ state: 'blocked' } as never)).toThrow(/repeats has no option 'state'/);
  });
});
