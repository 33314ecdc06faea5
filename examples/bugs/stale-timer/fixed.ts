// The same seats with the bug mended: the timer has a name, ends with its hold, and says which hold it was armed for.
import { defineActor, defineApp, defineCommand } from 'troupe';
import { z } from 'zod';
import { BuySeat, free, GiveUpSeat, HOLD_MS, HoldExpired, HoldSeat } from './app.ts';

const ExpireHold = defineCommand('seat.expire', {
  data: z.object({ seat: z.string(), since: z.int() }),
  key: data => data.seat,
});
const EXPIRY = 'expiry';

const seats = defineActor('seats', { state: free, publishes: [HoldExpired], sends: [ExpireHold] })
  .on(HoldSeat, (ctx, { seat, guest }) => {
    if (ctx.state.status !== 'free') return { ok: false };
    const since = ctx.now();
    ctx.state = { status: 'held', guest, since };
    ctx.schedule(ExpireHold, { seat, since }, { after: HOLD_MS, id: EXPIRY });
    return { ok: true };
  })
  .on(GiveUpSeat, (ctx, { guest }) => {
    if (ctx.state.status !== 'held' || ctx.state.guest !== guest) return;
    ctx.state = free();
    ctx.cancel(EXPIRY);
  })
  .on(BuySeat, (ctx, { guest }) => {
    if (ctx.state.status !== 'held' || ctx.state.guest !== guest) return { ok: false };
    ctx.state.status = 'sold';
    ctx.cancel(EXPIRY);
    return { ok: true };
  })
  .on(ExpireHold, (ctx, { seat, since }) => {
    // A timer that has fired is a message: it may wait behind the one that cancels it.
    if (ctx.state.status !== 'held' || ctx.state.since !== since) return;
    ctx.publish(HoldExpired, { seat, guest: ctx.state.guest, heldMs: ctx.now() - since });
    ctx.state = free();
  });

export const app = defineApp({ actors: [seats] });
