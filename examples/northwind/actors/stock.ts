// Stock: promises goods in the sequence of the order book, as deliveries come in, and says when a shelf runs low.
import { defineActor, type ContextOf, type DataOf } from 'troupe';
import { GoodsDelivered, OpenStock, OrderShipped, ReleaseStock, ReserveStock, StockRanLow } from '../contracts.ts';
import { CASE_UNITS, REFILL_UNITS } from '../terms.ts';

/** One product, in units; all but `onOrder` only ever grow. */
export interface Shelf {
  /** The opening stock and every delivery. */
  supplied: number;
  onOrder: number;
  promised: number;
  shipped: number;
  /** Came back from orders that were cancelled; food that has left its shelf is not sold again. */
  returned: number;
  readonly reorderLevel: number;
  readonly isDiscontinued: boolean;
}

/** An order whose goods are promised and not all here: `needs` is how much of each product has to be supplied first. */
interface Waiting {
  readonly ticket: string;
  readonly needs: Readonly<Record<string, number>>;
}

interface Early {
  readonly ticket: string;
  readonly lines: DataOf<typeof ReserveStock>['lines'];
}

export interface StockState {
  shelves: Record<string, Shelf>;
  /** The place in the order book of the order to be decided next, and the orders that came before their turn. */
  next: number;
  early: Record<string, Early>;
  waiting: Waiting[];
}

const base = defineActor('stock', {
  single: true,
  state: (): StockState => ({ shelves: {}, next: 1, early: {}, waiting: [] }),
  publishes: [StockRanLow],
});
type Context = ContextOf<typeof base>;
type Answer = { readonly ok: true } | { readonly ok: false; readonly code: 'sold-out' };

export const stock = base
  .on(OpenStock, (ctx, { products }) => {
    for (const { productId, units, onOrder, reorderLevel, isDiscontinued } of products) {
      ctx.state.shelves[productId] = {
        supplied: units,
        onOrder,
        promised: 0,
        shipped: 0,
        returned: 0,
        reorderLevel,
        isDiscontinued,
      };
      if (onOrder > 0) ctx.publish(StockRanLow, { productId, units: onOrder });
    }
  })
  .on(ReserveStock, (ctx, { sequence, lines }) => {
    const { state, replyTicket: ticket } = ctx;
    // Messages of different orders may overtake each other; who gets the last unit must not depend on it.
    if (sequence > state.next) {
      state.early[sequence] = { ticket, lines };
      return ctx.deferReply();
    }
    const own = decide(ctx, ticket, lines);
    state.next = Math.max(state.next, sequence + 1);
    for (let early = state.early[state.next]; early; early = state.early[state.next]) {
      delete state.early[state.next];
      state.next++;
      const answer = decide(ctx, early.ticket, early.lines);
      if (answer) ctx.reply(ReserveStock, early.ticket, answer);
    }
    return own ?? ctx.deferReply();
  })
  .on(GoodsDelivered, (ctx, { productId, units }) => {
    const { state } = ctx;
    const shelf = shelfOf(state, productId);
    shelf.supplied += units;
    shelf.onOrder -= units;
    const ready = state.waiting.filter(({ needs }) => isSupplied(state, needs));
    if (ready.length === 0) return;
    state.waiting = state.waiting.filter(({ needs }) => !isSupplied(state, needs));
    for (const { ticket } of ready) ctx.reply(ReserveStock, ticket, { ok: true });
  })
  .on(OrderShipped, (ctx, { lines }) => {
    for (const { productId, units } of lines) shelfOf(ctx.state, productId).shipped += units;
  })
  .on(ReleaseStock, (ctx, { lines }) => {
    for (const { productId, units } of lines) shelfOf(ctx.state, productId).returned += units;
  });

/** Promises all lines or none; undefined where the goods have yet to be delivered. */
function decide(ctx: Context, ticket: string, lines: Early['lines']): Answer | undefined {
  const { state } = ctx;
  const isSoldOut = lines.some(({ productId, units }) => {
    const shelf = shelfOf(state, productId);
    return shelf.isDiscontinued && shelf.promised + units > shelf.supplied + shelf.onOrder;
  });
  if (isSoldOut) return { ok: false, code: 'sold-out' };

  const needs: Record<string, number> = {};
  for (const { productId, units } of lines) {
    const shelf = shelfOf(state, productId);
    shelf.promised += units;
    needs[productId] = shelf.promised;
    reorder(ctx, productId, shelf);
  }
  if (isSupplied(state, needs)) return { ok: true };
  state.waiting.push({ ticket, needs });
  return undefined;
}

function reorder(ctx: Context, productId: string, shelf: Shelf): void {
  const free = shelf.supplied + shelf.onOrder - shelf.promised;
  if (shelf.isDiscontinued || free > shelf.reorderLevel) return;
  const units = Math.ceil((shelf.reorderLevel + REFILL_UNITS - free) / CASE_UNITS) * CASE_UNITS;
  shelf.onOrder += units;
  ctx.publish(StockRanLow, { productId, units });
}

/** Units are handed out in the sequence they were promised in: a promise holds once that many have come in all. */
function isSupplied(state: StockState, needs: Readonly<Record<string, number>>): boolean {
  return Object.entries(needs).every(([productId, units]) => shelfOf(state, productId).supplied >= units);
}

function shelfOf(state: StockState, productId: string): Shelf {
  const shelf = state.shelves[productId];
  if (!shelf) throw new RangeError(`stock has no shelf for product ${productId}`);
  return shelf;
}
