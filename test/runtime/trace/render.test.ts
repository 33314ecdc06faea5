// Renderings of a conversation that really ran, compared to the character.
import { describe, expect, it } from 'vitest';
import { defineActor, defineEvent, renderTrace, type Trace } from '../../../src/index.ts';
import { z } from 'zod';
import { launch } from '../../support/kernel-kit.ts';
import { openShop, OrderPlaced } from './conversation.ts';

const DAY_MS = 86_400_000;

/** The conversation five seconds after the order, or after the timer of two days. */
async function converse(ms: number): Promise<Trace> {
  const { runtime, platform, run } = await openShop();
  const { correlationId } = await run(runtime.publish(OrderPlaced, { orderId: '1' }));
  await platform.advance(ms);
  return runtime.trace(correlationId);
}

const text = (block: string): string => block.replace(/^\n/, '').trimEnd();

describe('renderTrace', () => {
  it('draws a tree with durations, attempts, errors, tasks and timers', async () => {
    expect(renderTrace(await converse(3 * DAY_MS), 'tree')).toBe(
      text(`
order.placed 1  event from edge +0 ms
│ orders/1 done, ran 3 ms
├─ payment.charge 1  command from orders/1 +0 ms
│  │ payments/1 attempt 1 failed: Error: card reader offline, ran 2 ms after 3 ms
│  │ payments/1 done at attempt 2, ran 2 ms after 630 ms
│  └─ payment.charged 1  event from payments/1 +630 ms
│     │ mail/1 started its task, ran 0 ms after 2 ms
│     │ mail/1 task done in 340 ms
│     └─ payment.charged.end 1  end from mail/1 +972 ms
│        │ mail/1 done, ran 0 ms
│        └─ receipt.sent 1  event from mail/1 +972 ms
│             no subscriber
├─ stock.reserve tea  command from orders/1 +0 ms
│    stock/tea done, ran 0 ms after 5 ms
└─ mail.remind 1  command from orders/1 +2 d (2 d later)
   │ mail/1 dead letter: RangeError: no address, ran 0 ms
   └─ troupe.fault 1  event from mail/1 +2 d
        no subscriber
`),
    );
  });

  it('says in the tree what is still to come', async () => {
    expect(renderTrace(await converse(100), 'tree')).toBe(
      text(`
order.placed 1  event from edge +0 ms
│ orders/1 done, ran 3 ms
├─ payment.charge 1  command from orders/1 +0 ms
│    payments/1 attempt 1 failed: Error: card reader offline, ran 2 ms after 3 ms
│    payments/1 waiting for attempt 2, due +630 ms
└─ stock.reserve tea  command from orders/1 +0 ms
     stock/tea done, ran 0 ms after 5 ms
orders/1 timer remind (mail.remind), due +2 d
`),
    );
  });

  it('draws a sequence with a lifeline per actor, commands solid and events dashed', async () => {
    expect(renderTrace(await converse(3 * DAY_MS), 'sequence')).toBe(
      text(`
                  edge                 orders               payments                stock                 mail
   +0 ms            │- - order.placed  - >│                     │                     │                     │
                    │                     │── payment.charge ──>│                     │                     │
                    │                     │──────────── stock.reserve tea ───────────>│                     │
   +3 ms            │                     │                     │ * attempt 1 failed: Error: card reader offline
 +630 ms            │                     │                     │ * done at attempt 2 │                     │
                    │                     │                     │- - - - - - - payment.charged - - - - - - >│
 +972 ms            │                     │                     │                     * task done in 340 ms │
                    │                     │                     │             * receipt.sent: no subscriber │
    +2 d            │                     │──────────────────── mail.remind, 2 d later ────────────────────>│
                    │                     │                     │     * dead letter: RangeError: no address │
                    │                     │                     │             * troupe.fault: no subscriber │
`),
    );
  });

  it('draws the same as Mermaid', async () => {
    expect(renderTrace(await converse(3 * DAY_MS), 'mermaid')).toBe(
      text(`
sequenceDiagram
  participant p0 as edge
  participant p1 as orders
  participant p2 as payments
  participant p3 as stock
  participant p4 as mail
  p0--)p1: order.placed
  p1->>p2: payment.charge
  p1->>p3: stock.reserve tea
  Note over p2: attempt 1 failed: Error: card reader offline
  Note over p2: done at attempt 2
  p2--)p4: payment.charged
  Note over p4: task done in 340 ms
  Note over p4: receipt.sent: no subscriber
  p1->>p4: mail.remind, 2 d later
  Note over p4: dead letter: RangeError: no address
  Note over p4: troupe.fault: no subscriber
`),
    );
  });

  it('keeps lines within 120 columns when many actors take part', async () => {
    const Rang = defineEvent('bell.rang', { data: z.object({ note: z.string() }) });
    const hearers = Array.from({ length: 14 }, (_, index) => defineActor(`hearer-${index}`, {}).on(Rang, () => {}));
    const { runtime, run } = await launch({ actors: hearers });
    const { correlationId } = await run(runtime.publish(Rang, { note: 'a' }));

    const lines = renderTrace(runtime.trace(correlationId), 'sequence').split('\n');

    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(120);
    expect(lines[0]).toMatch(/edge +hearer-0 .* others$/);
    expect(lines.filter(line => line.includes('bell.rang'))).toHaveLength(14);
  });

  it('counts what is too much to draw', async () => {
    const Rang = defineEvent('bell.rang', { data: z.object({ left: z.number() }) });
    const ringer = defineActor('ringer', { publishes: [Rang] }).on(Rang, (ctx, { left }) => {
      for (let index = 0; index < left; index++) ctx.publish(Rang, { left: 0 });
    });
    const { runtime, run } = await launch({ actors: [ringer] });
    const { correlationId } = await run(runtime.publish(Rang, { left: 500 }));

    expect(renderTrace(runtime.trace(correlationId), 'sequence')).toMatch(/\n… 101 more steps$/);
  });

  it('escapes what Mermaid would read as its own', async () => {
    const Rang = defineEvent('bell.rang', { data: z.object({}) });
    const hearer = defineActor('hearer', {}).on(
      Rang,
      () => {
        throw new Error('a; b # <c>\nd');
      },
      { retry: { attempts: 1 } },
    );
    const { runtime, run } = await launch({ actors: [hearer] });
    const { correlationId } = await run(runtime.publish(Rang, {}));

    expect(renderTrace(runtime.trace(correlationId), 'mermaid')).toContain(
      'Note over p1: dead letter: Error: a#59; b #35; #60;c#62; d',
    );
  });

  it('refuses a format it does not know', () => {
    const trace: Trace = { correlationId: '', durability: 'full', roots: [], timers: [], truncated: false };

    expect(() => renderTrace(trace, 'html' as never)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});
