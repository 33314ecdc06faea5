// Signs that two handlers do the same work: what counts, and what is too common to say anything.
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { defineActor, defineCommand, defineEvent } from '../../src/index.ts';
import { alike } from '../../src/hybrid/alike.ts';

const order = {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: (d: { orderId: string }): string => d.orderId,
};
const Placed = defineEvent('order.placed', order);
const Charge = defineCommand('card.charge', order);

const bank = { charge: async (cents: number): Promise<number> => cents, log: (text: string): string => text };
const charge = async (cents: number): Promise<number> => cents;

interface Card {
  charged: number;
  status: string;
  seen: number;
  byDay: Record<string, { open: number }>;
}

const base = defineActor('cards', {
  state: (): Card => ({ charged: 0, status: 'new', seen: 0, byDay: {} }),
  sql: true,
});
const signs = (actor: { readonly handlers: readonly unknown[] }): readonly string[] => {
  const [one, other] = (actor as typeof base).handlers;
  return one && other ? alike(one, other) : [];
};

describe('two handlers are alike', () => {
  it('where they change one field of the state in the same way', () => {
    const actor = base
      .on(Charge, (ctx, { cents }) => void (ctx.state.charged += cents))
      .on(Placed, (c, data) => {
        c.state.charged += data.cents;
        c.state.seen += 1;
      });
    expect(signs(actor)).toEqual(['state.charged +=']);
  });

  it('where they set one field to the same literal', () => {
    const actor = base
      .on(Charge, ctx => void (ctx.state.status = 'charged'))
      .on(Placed, ({ state }) => {
        state.status = 'charged';
      });
    expect(signs(actor)).toEqual(["state.status = 'charged'"]);
  });

  it('where they count under any key of one field', () => {
    const actor = base
      .on(Charge, (ctx, { orderId }) => void (ctx.state.byDay[orderId] ??= { open: 0 }).open++)
      .on(Placed, (ctx, data) => {
        ctx.state.byDay[data.orderId] = { open: 1 };
      });
    expect(signs(actor)).toEqual([]);
    const days = defineActor('days', { state: (): Record<string, { open: number }>[] => [] })
      .on(Charge, (ctx, { cents }) => {
        if (ctx.state[cents]?.['a']) ctx.state[cents]['a'].open -= 1;
      })
      .on(Placed, (ctx, { cents }) => {
        if (ctx.state[cents]?.['b']) ctx.state[cents]['b'].open -= cents;
      });
    expect(signs(days)).toEqual(['state[…][…].open -=']);
  });

  it('where their tasks call one service, fetch one address or await one function', () => {
    const actor = base
      .task(Charge, async (ctx, { cents }) => {
        await bank.charge(cents);
        await fetch('https://bank.example/charges', { signal: ctx.signal });
        await charge(cents);
      })
      .task(Placed, async (_ctx, { cents }) => {
        await fetch('https://bank.example/charges');
        await bank.charge(cents);
        await charge(cents);
      });
    expect(signs(actor)).toEqual(['fetches https://bank.example/charges', 'calls bank.charge', 'calls charge']);
  });

  it('where they insert into one table', () => {
    const actor = base
      .on(Charge, (ctx, { orderId }) => void ctx.sql.prepare('insert into ledger (id) values (?)').run(orderId))
      .on(Placed, (ctx, { orderId }) => void ctx.sql.prepare('INSERT OR IGNORE INTO ledger VALUES (?)').run(orderId));
    expect(signs(actor)).toEqual(['writes ledger']);
  });
});

describe('two handlers are not alike', () => {
  it('where one undoes what the other does, or sets another status', () => {
    const actor = base
      .on(Charge, (ctx, { cents }) => {
        ctx.state.charged += cents;
        ctx.state.status = 'charged';
      })
      .on(Placed, (ctx, { cents }) => {
        ctx.state.charged -= cents;
        ctx.state.status = 'placed';
      });
    expect(signs(actor)).toEqual([]);
  });

  it('by the time of the last change, by ctx, by the language and by logs', () => {
    const actor = base
      .task(Charge, async (ctx, { orderId }) => {
        ctx.log.info(orderId.trim());
        await ctx.step('a', () => JSON.stringify([orderId].map(one => one)));
        await Promise.all([]);
      })
      .task(Placed, async (ctx, { orderId }) => {
        ctx.log.info(orderId.trim());
        await ctx.step('a', () => JSON.stringify([orderId].map(one => one)));
        await Promise.all([]);
      });
    const stamped = base
      .on(Charge, ctx => void (ctx.state.seen = ctx.now()))
      .on(Placed, ctx => void (ctx.state.seen = ctx.now()));
    expect(signs(actor)).toEqual([]);
    expect(signs(stamped)).toEqual([]);
  });

  it('by what comments and comparisons say', () => {
    const actor = base
      .on(Charge, ctx => void (ctx.state.charged === 1 && ctx.log.info('state.charged += 1 is elsewhere')))
      .on(Placed, ctx => void (ctx.state.charged === 1));
    expect(signs(actor)).toEqual([]);
  });
});
