// Shipping: one dispatch desk per shipper; a parcel stays at the desk until the shipper comes or somebody recalls it.
import { defineActor, type DataOf } from 'troupe';
import { ChaseParcel, CollectParcel, DispatchParcel, OrderHeld, ParcelCollected, RecallParcel } from '../contracts.ts';
import { FREIGHT_LIMIT_CENTS, LATE_BY } from '../terms.ts';

interface Desk {
  parcels: number;
  freightCents: number;
  refused: number;
  recalled: number;
  /** Accepted and not collected, by parcel. */
  waiting: Record<string, Pick<DataOf<typeof DispatchParcel>, 'freightCents' | 'pickup'>>;
}

export const shipping = defineActor('shipping', {
  state: (): Desk => ({ parcels: 0, freightCents: 0, refused: 0, recalled: 0, waiting: {} }),
  publishes: [ParcelCollected, OrderHeld],
  sends: [CollectParcel],
})
  .on(DispatchParcel, (ctx, { parcelId, orderId, shipperId, freightCents, isAddressed, pickup }) => {
    if (freightCents > (FREIGHT_LIMIT_CENTS[shipperId] ?? Infinity)) {
      ctx.state.refused += 1;
      return { ok: false, code: 'freight-limit' };
    }
    if (isAddressed && pickup === 'prompt') {
      ctx.state.parcels += 1;
      ctx.state.freightCents += freightCents;
      return { ok: true, isCollected: true };
    }
    ctx.state.waiting[parcelId] = { freightCents, pickup };
    if (!isAddressed) ctx.publish(OrderHeld, { orderId });
    else if (pickup === 'late') ctx.schedule(CollectParcel, { parcelId, shipperId }, { after: LATE_BY });
    return { ok: true, isCollected: false };
  })
  .on(CollectParcel, (ctx, { parcelId }) => {
    const parcel = ctx.state.waiting[parcelId];
    // Somebody may have recalled it.
    if (!parcel) return;
    delete ctx.state.waiting[parcelId];
    ctx.state.parcels += 1;
    ctx.state.freightCents += parcel.freightCents;
    ctx.publish(ParcelCollected, { parcelId });
  })
  .on(ChaseParcel, (ctx, { parcelId }) =>
    ctx.state.waiting[parcelId]?.pickup === 'never' ? { ok: false, code: 'not-collected' } : { ok: true },
  )
  .on(RecallParcel, (ctx, { parcelId, freightCents }) => {
    ctx.state.recalled += 1;
    if (ctx.state.waiting[parcelId]) {
      delete ctx.state.waiting[parcelId];
      return;
    }
    // The shipper was faster, and turns round.
    ctx.state.parcels -= 1;
    ctx.state.freightCents -= freightCents;
  });
