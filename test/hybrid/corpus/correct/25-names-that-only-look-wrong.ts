// Facts without an ending, and requests that look like facts: `stock.short`, `ticket.put-on-hold`, `mark-paid`, `seed`.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about, money } from '../kit.ts';

const StockShort = defineEvent('stock.short', about);
const UserPaid = defineEvent('user.paid', money);
const ImportFinished = defineEvent('import.finished', about);
const OrderPutOnHold = defineEvent('order.put-on-hold', about);
const CardLost = defineEvent('card.lost', about);
const BookLent = defineEvent('book.lent', about);
const MeterRead = defineEvent('meter.read', money);
const PaymentOverdue = defineEvent('payment.overdue', about);
const PayoutNotReady = defineEvent('payout.not-ready', about);
const PriceSet = defineEvent('price.set', money);
const MarkPaid = defineCommand('mark-paid', about);
const SetClosed = defineCommand('set-closed', about);
const PutOnHold = defineCommand('ticket.put-on-hold', about);
const SeedCatalog = defineCommand('catalog.seed', about);
const Proceed = defineCommand('import.proceed', about);
const HoldSeat = defineCommand('seat.hold', about);
const ReadMeter = defineCommand('meter.read-now', about);
const EmbedVideo = defineCommand('video.embed', about);

const office = defineActor('office', {
  state: () => ({ open: 0 }),
  publishes: [StockShort, ImportFinished, OrderPutOnHold, PaymentOverdue, PayoutNotReady],
})
  .on(MarkPaid, ctx => void (ctx.state.open -= 1))
  .on(SetClosed, ctx => void (ctx.state.open = 0))
  .on(PutOnHold, (ctx, order) => ctx.publish(OrderPutOnHold, order))
  .on(SeedCatalog, (ctx, catalog) => ctx.publish(StockShort, catalog))
  .on(Proceed, (ctx, run) => ctx.publish(ImportFinished, run))
  .on(HoldSeat, ctx => void (ctx.state.open += 1))
  .on(ReadMeter, (ctx, meter) => ctx.publish(PaymentOverdue, meter))
  .on(EmbedVideo, (ctx, video) => ctx.publish(PayoutNotReady, video))
  .on(UserPaid, ctx => void (ctx.state.open -= 1));
const watch = defineActor('watch', { state: () => ({ seen: 0 }), single: true })
  .on(CardLost, ctx => void (ctx.state.seen += 1))
  .on(BookLent, ctx => void (ctx.state.seen += 1))
  .on(MeterRead, ctx => void (ctx.state.seen += 1))
  .on(PriceSet, ctx => void (ctx.state.seen += 1));

export const app = defineApp({ actors: [office, watch] });
