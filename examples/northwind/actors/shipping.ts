// Shipping: one dispatch desk per shipper; a parcel that is not collected waits until somebody recalls it.
import { defineActor } from 'troupe';
import { RecallOrder, ShipOrder } from '../contracts.ts';
import { FREIGHT_LIMIT_CENTS } from '../terms.ts';

interface Desk {
  parcels: number;
  freightCents: number;
  refused: number;
  recalled: number;
  /** Who waits for the shipper, by order: the ticket of the command that has no reply yet. */
  uncollected: Record<string, string>;
}

export const shipping = defineActor('shipping', {
  state: (): Desk => ({ parcels: 0, freightCents: 0, refused: 0, recalled: 0, uncollected: {} }),
})
  .on(ShipOrder, (ctx, { orderId, shipperId, freightCents, isCollected }) => {
    if (freightCents > (FREIGHT_LIMIT_CENTS[shipperId] ?? Infinity)) {
      ctx.state.refused += 1;
      return { ok: false, code: 'freight-limit' };
    }
    if (!isCollected) {
      ctx.state.uncollected[orderId] = ctx.replyTicket;
      return ctx.deferReply();
    }
    ctx.state.parcels += 1;
    ctx.state.freightCents += freightCents;
    return { ok: true, consignment: `${shipperId}-${ctx.state.parcels}` };
  })
  .on(RecallOrder, (ctx, { orderId }) => {
    const ticket = ctx.state.uncollected[orderId];
    // Collected before the recall came: then the parcel is on its way, and the shipper's word stands.
    if (ticket === undefined) return;
    delete ctx.state.uncollected[orderId];
    ctx.state.recalled += 1;
    ctx.reply(ShipOrder, ticket, { ok: false, code: 'not-collected' });
  });
