// Seats are held for ten minutes, then they are free again. Deliberately broken: a timer outlives the hold it was armed for.
import { defineActor, defineApp, defineCommand, defineEvent } from 'troupe';
import { z } from 'zod';

const place = { data: z.object({ seat: z.string(), guest: z.string() }), key: (data: { seat: string }) => data.seat };

export const HoldSeat = defineCommand('seat.hold', { ...place, reply: z.object({ ok: z.boolean() }) });
export const GiveUpSeat = defineCommand('seat.give-up', place);
export const BuySeat = defineCommand('seat.buy', { ...place, reply: z.object({ ok: z.boolean() }) });
const ExpireHold = defineCommand('seat.expire', { ...place, data: z.object({ seat: z.string() }) });
export const HoldExpired = defineEvent('seat.hold-expired', {
  ...place,
  data: z.object({ seat: z.string(), guest: z.string(), heldMs: z.int() }),
});

export const HOLD_MS = 600_000;

export interface Seat {
  status: 'free' | 'held' | 'sold';
  guest: string;
  since: number;
}
export const free = (): Seat => ({ status: 'free', guest: '', since: 0 });

export const seats = defineActor('seats', { state: free, publishes: [HoldExpired], sends: [ExpireHold] })
  .on(HoldSeat, (ctx, { seat, guest }) => {
    if (ctx.state.status !== 'free') return { ok: false };
    ctx.state = { status: 'held', guest, since: ctx.now() };
    ctx.send(ExpireHold, { seat }, { delay: HOLD_MS });
    return { ok: true };
  })
  .on(GiveUpSeat, (ctx, { guest }) => {
    if (ctx.state.status === 'held' && ctx.state.guest === guest) ctx.state = free();
  })
  .on(BuySeat, (ctx, { guest }) => {
    if (ctx.state.status !== 'held' || ctx.state.guest !== guest) return { ok: false };
    ctx.state.status = 'sold';
    return { ok: true };
  })
  .on(ExpireHold, (ctx, { seat }) => {
    // The bug: the seat is held, but perhaps by somebody else, and since a moment only.
    if (ctx.state.status !== 'held') return;
    ctx.publish(HoldExpired, { seat, guest: ctx.state.guest, heldMs: ctx.now() - ctx.state.since });
    ctx.state = free();
  });

export const app = defineApp({ actors: [seats] });
