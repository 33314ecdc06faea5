// The effect ledger at handlers of .on: who is first, who comes second, and what each policy makes of that.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineActor,
  defineApp,
  defineCommand,
  renderTrace,
  type EffectPolicies,
  type EffectRepeatedEvent,
} from '../../../src/index.ts';
import { commandOf, eventOf, launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Charge = commandOf('pay.charge');
const Note = commandOf('pay.note');
const Placed = eventOf('order.placed');
const Charged = eventOf('pay.charged');

/** One charges on command, one on the event, under the same name; `charged` is what the card has seen. */
function setup(effects: EffectPolicies = {}, { fails = 0 }: { fails?: number } = {}) {
  const charged: string[] = [];
  const world = { fails };
  const payments = defineActor('payments', { state: () => ({ n: 0 }), publishes: [Charged] }).on(
    Charge,
    (ctx, { key, n }) => {
      if (world.fails-- > 0) throw new Error('no line');
      charged.push(`payments ${key}`);
      ctx.state.n += n;
      ctx.publish(Charged, { key, n });
      return ctx.state.n;
    },
    { effect: 'charge-card', retry: { attempts: 2, delay: '1s' } },
  );
  const eager = defineActor('eager').on(Placed, (_, { key }) => void charged.push(`eager ${key}`), {
    effect: 'charge-card',
  });
  return { charged, world, payments, app: defineApp({ actors: [payments, eager], effects }) };
}

const rowsOf = ({ runtime }: Launched): unknown[] =>
  runtime.effects.list().map(({ effect, key, state, address }) => `${effect} ${key} ${state} ${address}`);

describe('the option effects', () => {
  it('refuses a text, which would be one effect per letter', async () => {
    const actor = defineActor('eager').on(Placed, () => {}, { effects: 'charge-card' as never });

    await expect(launch({ actors: [actor] })).rejects.toMatchObject({ code: 'invalid-definition' });
  });
});

describe('runtime.effects', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses the limit %d', async limit => {
    const { runtime } = await launch(setup().app);

    for (const list of [() => runtime.effects.list({ limit }), () => runtime.effects.repeats({ limit })]) {
      expect(list).toThrow(expect.objectContaining({ code: 'invalid-options' }));
    }
  });
});

describe('K26 a second occurrence', () => {
  it('goes on by default, with a row, one warning and one lifecycle event', async () => {
    const { app, charged } = setup();
    const launched = await launch(app);
    const { runtime, run, logs } = launched;
    const events: EffectRepeatedEvent[] = [];
    runtime.tap('effect-repeated', event => events.push(event));
    const first = await run(runtime.publish(Placed, { key: '1' }));

    expect(await run(runtime.ask(Charge, { key: '1', n: 5 }))).toBe(5);

    expect(charged).toEqual(['eager 1', 'payments 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done eager/1', 'charge-card 1 repeated payments/1']);
    expect(logs.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { effect: 'charge-card', key: '1', by: 'eager/1', address: 'payments/1' } },
    ]);
    expect(events).toEqual([
      {
        effect: 'charge-card',
        key: '1',
        policy: 'warn',
        first: first.id,
        second: runtime.effects.list()[1]?.messageId,
        by: 'eager/1',
        byHandler: Placed.type,
        address: 'payments/1',
        handler: Charge.type,
      },
    ]);
  });

  it('does not run where it is blocked, and says so in the trace', async () => {
    const { app, charged, payments } = setup({ 'charge-card': 'block' });
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1' }));
    const { correlationId } = await run(runtime.send(Charge, { key: '1', n: 5 }));
    await settled();

    expect(charged).toEqual(['eager 1']);
    expect(runtime.state(payments, '1')).toBeUndefined();
    expect(rowsOf(launched)).toEqual(['charge-card 1 done eager/1', 'charge-card 1 blocked payments/1']);
    const [root] = runtime.trace(correlationId).roots;
    expect(root?.turns).toMatchObject([
      {
        outcome: 'blocked',
        detail: { effect: 'charge-card', key: '1', by: 'eager/1', first: runtime.effects.list()[0]?.messageId },
      },
    ]);
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('is in the words of a rendered trace', async () => {
    const blocked = await launch(setup({ '*': 'block' }).app);
    const warned = await launch(setup().app);
    const told: string[] = [];
    for (const { runtime, run } of [blocked, warned]) {
      await run(runtime.publish(Placed, { key: '1' }));
      const { correlationId } = await run(runtime.send(Charge, { key: '1' }));
      told.push(renderTrace(runtime.trace(correlationId), 'tree'));
    }
    expect(told[0]).toContain('blocked: charge-card was done by eager/1 on order.placed');
    expect(told[1]).toContain('done again: charge-card was done by eager/1');
  });

  it('blocks an event as well: its handler does not run, and the others do', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const { runtime, run } = await launch(app);
    await run(runtime.ask(Charge, { key: '1', n: 1 }));
    await run(runtime.publish(Placed, { key: '1' }));

    expect(charged).toEqual(['payments 1']);
  });

  it('is counted per key', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Placed, { key: '1' }));
    await run(runtime.ask(Charge, { key: '2', n: 1 }));

    expect(charged).toEqual(['eager 1', 'payments 2']);
  });

  it('answers an ask at once with an error, with the code of its own', async () => {
    const { runtime, run } = await launch(setup({ 'charge-card': 'block' }).app);
    await run(runtime.publish(Placed, { key: '1' }));

    await expect(run(runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({
      code: 'effect-already-done',
      message: expect.stringContaining('charge-card for 1 was done by eager/1 on order.placed. It') as unknown,
    });
  });

  it('answers the same command with the reply of the first', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const { runtime, run } = await launch(app);
    await run(runtime.ask(Charge, { key: '1', n: 7 }));

    expect(await run(runtime.ask(Charge, { key: '1', n: 3 }))).toBe(7);
    expect(charged).toEqual(['payments 1']);
  });

  it('is found in the very drain in which the first was done', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const { runtime, run } = await launch(app);
    const asked = [1, 2, 3].map(n => runtime.ask(Charge, { key: '1', n }));

    expect(await run(Promise.all(asked))).toEqual([1, 1, 1]);
    expect(charged).toEqual(['payments 1']);
  });

  it('keeps its answer for those who ask again with the same idempotency key', async () => {
    const { runtime, run } = await launch(setup({ 'charge-card': 'block' }).app);
    await run(runtime.publish(Placed, { key: '1' }));
    const ask = () => run(runtime.ask(Charge, { key: '1' }, { idempotencyKey: 'once' }));

    await expect(ask()).rejects.toMatchObject({ code: 'effect-already-done' });
    await expect(ask()).rejects.toMatchObject({ code: 'effect-already-done' });
    expect(runtime.effects.list()).toHaveLength(2);
  });

  it('is answered with nothing where the command has no reply', async () => {
    const Mail = defineCommand('mail.send', { data: z.object({ to: z.string() }), key: ({ to }) => to });
    const mailer = defineActor('mailer').on(Mail, () => {}, { effect: 'send-mail' });
    const { runtime, run } = await launch({ actors: [mailer], effects: { 'send-mail': 'block' } });
    await run(runtime.ask(Mail, { to: 'a' }));

    expect(await run(runtime.ask(Mail, { to: 'a' }))).toBeUndefined();
  });

  it('becomes a dead letter where the policy says so, which can be retried once the key is free', async () => {
    const { app, charged } = setup({ 'charge-card': 'dead-letter' });
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1' }));
    await expect(run(runtime.ask(Charge, { key: '1', n: 5 }))).rejects.toMatchObject({ code: 'effect-already-done' });
    const [letter] = runtime.deadLetters.list();
    expect(letter).toMatchObject({ reason: 'effect-already-done', address: 'payments/1', handler: Charge.type });

    await run(runtime.deadLetters.retry(letter?.id ?? 0));
    await settled();
    expect(charged).toEqual(['eager 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done eager/1', 'charge-card 1 dead-letter payments/1']);

    await run(runtime.effects.forget('charge-card', '1'));
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));
    await settled();
    expect(charged).toEqual(['eager 1', 'payments 1']);
    expect(runtime.deadLetters.list()).toEqual([]);
    expect(rowsOf(launched)).toEqual([
      'charge-card 1 forgotten eager/1',
      'charge-card 1 dead-letter payments/1',
      'charge-card 1 done payments/1',
    ]);
  });
});

describe('K26 no second occurrence', () => {
  it('is a turn that fails: it leaves nothing, and its retry is the first', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' }, { fails: 1 });
    const launched = await launch(app);
    const { runtime, platform, settled } = launched;
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    await settled();
    expect(rowsOf(launched)).toEqual([]);
    await platform.advance(5_000);

    expect(await asked).toBe(2);
    expect(charged).toEqual(['payments 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done payments/1']);
  });

  it('is a message given up, nor its retry by an operator', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' }, { fails: 2 });
    const launched = await launch(app);
    const { runtime, platform, run, settled } = launched;
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    asked.catch(() => {});
    await platform.advance(60_000);
    await expect(asked).rejects.toMatchObject({ code: 'handler-failed' });

    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));
    await settled();
    expect(charged).toEqual(['payments 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done payments/1']);
  });

  it('is one whose data an operator has edited to be about another key', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' }, { fails: 2 });
    const launched = await launch(app);
    const { runtime, run, platform } = launched;
    await run(runtime.send(Charge, { key: '1', n: 5 }));
    await platform.advance(2_000);

    await run(runtime.deadLetters.edit(runtime.deadLetters.list()[0]?.id ?? 0, { key: '2', n: 5 }));
    await run(runtime.send(Charge, { key: '1', n: 7 }));

    expect(rowsOf(launched)).toEqual(['charge-card 2 done payments/1', 'charge-card 1 done payments/1']);
    expect(charged).toEqual(['payments 2', 'payments 1']);
  });

  it('is a replay of the same message', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1' }));
    await run(runtime.replay({ name: 'eager' }, Placed, { from: 'beginning' }));
    await settled();

    expect(charged).toEqual(['eager 1', 'eager 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done eager/1']);
  });

  it('is one of another kind of work', async () => {
    const seen: string[] = [];
    const actor = defineActor('actor')
      .on(Placed, () => void seen.push('mail'), { effect: 'mail' })
      .on(Charge, () => seen.push('charge'), { effect: 'charge' });
    const { runtime, run } = await launch({ actors: [actor], effects: { '*': 'block' } });
    await run(runtime.publish(Placed, { key: '1' }));
    await run(runtime.ask(Charge, { key: '1' }));

    expect(seen).toEqual(['mail', 'charge']);
  });
});

describe('K26 after a crash', () => {
  it('knows what was done before', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const first = await launch(app);
    await first.run(first.runtime.ask(Charge, { key: '1', n: 4 }));
    const { runtime, run } = await crash(first, app);

    expect(await run(runtime.ask(Charge, { key: '1', n: 9 }))).toBe(4);
    expect(charged).toEqual(['payments 1']);
  });

  it('knows nothing of a drain that was never committed', async () => {
    const { app, charged } = setup({ 'charge-card': 'block' });
    const launched = await launch(app);
    const { runtime, store, run } = launched;
    const commit = store.commit.bind(store);
    let times = 0;
    store.commit = (...args) => {
      if (times++ === 0) throw Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' });
      commit(...args);
    };
    const asked = runtime.ask(Charge, { key: '1', n: 4 });
    await launched.platform.advance(1_000);

    expect(await run(asked)).toBe(4);
    expect(charged).toEqual(['payments 1', 'payments 1']);
    expect(rowsOf(launched)).toEqual(['charge-card 1 done payments/1']);
  });
});

describe('K26 the key', () => {
  it('is what the handler makes of the message, else the key of the message, whatever the instance', async () => {
    const seen: string[] = [];
    const single = defineActor('single', { single: true })
      .on(Placed, (_, { n }) => void seen.push(`event ${n}`), { effect: 'x', key: ({ text }) => text })
      .on(Charge, (_, { n }) => seen.push(`command ${n}`), { effect: 'x' });
    const { runtime, run } = await launch({ actors: [single], effects: { x: 'block' } });
    await run(runtime.publish(Placed, { key: 'a', text: 'b', n: 1 }));
    await run(runtime.ask(Charge, { key: 'a', n: 2 }));
    await expect(run(runtime.ask(Charge, { key: 'b', n: 3 }))).rejects.toMatchObject({ code: 'effect-already-done' });

    expect(seen).toEqual(['event 1', 'command 2']);
    expect(runtime.effects.list().map(({ key, state }) => `${key} ${state}`)).toEqual([
      'b done',
      'a done',
      'b blocked',
    ]);
  });

  it('is per conversation where the scope says so', async () => {
    const { app, charged } = setup({ 'charge-card': { policy: 'block', scope: 'correlation' } });
    const { runtime, run, settled } = await launch(app);
    const first = await run(runtime.publish(Placed, { key: '1' }));
    await run(runtime.ask(Charge, { key: '1', n: 1 }));
    await run(runtime.publish(Placed, { key: '1' }, { correlationId: 'mine' }));
    await run(runtime.send(Charge, { key: '1' }, { correlationId: first.correlationId }));
    await run(runtime.send(Charge, { key: '1' }, { correlationId: 'mine' }));
    await settled();

    expect(charged).toEqual(['eager 1', 'payments 1', 'eager 1']);
    expect(runtime.effects.list({ state: 'blocked' }).map(({ scope }) => scope)).toEqual([first.correlationId, 'mine']);
  });
});

describe('K26 two effects of one handler', () => {
  function pair(effects: EffectPolicies) {
    const seen: string[] = [];
    const actor = defineActor('actor')
      .on(Charge, () => seen.push('both'), { effect: 'a', effects: ['b', 'a'] })
      .on(Note, () => seen.push('b'), { effect: 'b' })
      .on(Placed, () => void seen.push('a'), { effect: 'a' });
    return { seen, app: { actors: [actor], effects } };
  }

  it('are both taken, each once', async () => {
    const { app } = pair({ '*': 'block' });
    const launched = await launch(app);
    await launched.run(launched.runtime.ask(Charge, { key: '1' }));
    await expect(launched.run(launched.runtime.ask(Note, { key: '1' }))).rejects.toMatchObject({
      code: 'effect-already-done',
    });

    expect(rowsOf(launched)).toEqual(['a 1 done actor/1', 'b 1 done actor/1', 'b 1 blocked actor/1']);
  });

  it('are taken or none: the one that is free stays free', async () => {
    const { app, seen } = pair({ '*': 'block' });
    const launched = await launch(app);
    const { runtime, run } = launched;
    await run(runtime.ask(Note, { key: '1' }));
    await expect(run(runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({ code: 'effect-already-done' });
    await run(runtime.publish(Placed, { key: '1' }));

    expect(seen).toEqual(['b', 'a']);
    expect(rowsOf(launched)).toEqual(['b 1 done actor/1', 'b 1 blocked actor/1', 'a 1 done actor/1']);
  });

  it('each have the policy of their own', async () => {
    const { app, seen } = pair({ a: 'block', '*': 'warn' });
    const launched = await launch(app);
    const { runtime, run } = launched;
    await run(runtime.ask(Note, { key: '1' }));
    await run(runtime.ask(Charge, { key: '1' }));

    expect(seen).toEqual(['b', 'both']);
    expect(rowsOf(launched)).toEqual(['b 1 done actor/1', 'a 1 done actor/1', 'b 1 repeated actor/1']);
  });
});

describe('K26 a deferred reply', () => {
  it('is what a second asker gets once it is given, and an error before', async () => {
    const desk = defineActor('desk', { state: () => ({ ticket: '' }) })
      .on(
        Charge,
        ctx => {
          ctx.state.ticket = ctx.replyTicket;
          return ctx.deferReply();
        },
        { effect: 'charge-card' },
      )
      .on(Note, (ctx, { n }) => {
        ctx.reply(Charge, ctx.state.ticket, n);
        return null;
      });
    const { runtime, run, settled } = await launch({ actors: [desk], effects: { '*': 'block' } });
    const first = runtime.ask(Charge, { key: '1' });
    await settled();
    await expect(run(runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({ code: 'effect-already-done' });
    await run(runtime.ask(Note, { key: '1', n: 8 }));

    expect(await run(first)).toBe(8);
    expect(await run(runtime.ask(Charge, { key: '1' }))).toBe(8);
  });
});
