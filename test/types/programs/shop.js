// A plain JavaScript user: no annotation anywhere; `npm run check` is optional (checkJs).
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineCommand, defineEvent } from '../../../src/index.ts';

const Placed = defineEvent('shop.placed', { data: z.object({ id: z.string(), cents: z.number() }), key: d => d.id });
const Paid = defineEvent('shop.paid', { data: z.object({ id: z.string() }), key: d => d.id });
const Charge = defineCommand('shop.charge', {
  data: z.object({ id: z.string(), cents: z.number() }),
  key: d => d.id,
  reply: z.object({ ok: z.boolean() }),
});

const payments = defineActor('payments', { state: () => ({ total: 0 }), publishes: [Paid] })
  .on(Charge, (ctx, charge) => {
    ctx.state.total += charge.cents;
    ctx.publish(Paid, { id: charge.id });
    return { ok: true };
  })
  .task(Paid, async (ctx, paid) => {
    await fetch(`https://mail.example/${paid.id}`, { signal: ctx.signal });
  });

export async function main() {
  const runtime = await createRuntime(defineApp({ actors: [payments] }), { database: 'shop.db' });
  await runtime.publish(Placed, { id: '1', cents: 5 });
  await runtime.stop();
}
