// Shipping: one dispatch desk per shipper; a parcel stays at the desk until the shipper comes or somebody recalls it.
import { defineActor } from 'troupe';
import { ChaseParcel, DispatchParcel, OrderHeld, ParcelCollected, RecallParcel } from '../contracts.ts';
import { FREIGHT_LIMIT_CENTS } from '../terms.ts';

interface Desk {
  parcels: number;
  freightCents: number;
  refused: number;
  recalled: number;
  /** Accepted and not collected, by parcel. */
  waiting: Record<string, true>;
}

export const shipping = defineActor('shipping', {
  state: (): Desk => ({ parcels: 0, freightCents: 0, refused: 0, recalled: 0, waiting: {} }),
  publishes: [ParcelCollected, OrderHeld],
})
  .on(DispatchParcel, (ctx, { parcelId, orderId, shipperId, freightCents, isAddressed, isCollected }) => {
    if (freightCents > (FREIGHT_LIMIT_CENTS[shipperId] ?? Infinity)) {
      ctx.state.refused += 1;
      return { ok: false, code: 'freight-limit' };
    }
    if (isAddressed && isCollected) {
      ctx.state.parcels += 1;
      ctx.state.freightCents += freightCents;
      ctx.publish(ParcelCollected, { parcelId });
    } else {
      ctx.state.waiting[parcelId] = true;
      if (!isAddressed) ctx.publish(OrderHeld, { orderId });
    }
    return { ok: true };
  })
  .on(ChaseParcel, (ctx, { parcelId }) =>
    ctx.state.waiting[parcelId] ? { ok: false, code: 'not-collected' } : { ok: true },
  )
  .on(RecallParcel, (ctx, { parcelId }) => {
    // The shipper may have been faster.
    if (!ctx.state.waiting[parcelId]) return;
    delete ctx.state.waiting[parcelId];
    ctx.state.recalled += 1;
  });
