// testActor lies about nothing: the same messages at the same actor in a runtime come to the same.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineActor, type Message } from '../../src/index.ts';
import { testActor } from '../../src/testing/index.ts';
import { launch } from '../support/kernel-kit.ts';
import { OrderPaid, OrderPlaced, orders, PayOrder, RemindOrder, type OrderState } from './orders.ts';

const SEED = 20_261_121;
const cents = fc.integer({ min: 0, max: 3 });
const conversations = fc.array(
  fc.oneof(
    fc
      .record({ cents, tags: fc.array(fc.string({ maxLength: 2 })) })
      .map(placed => OrderPlaced({ orderId: '7', ...placed })),
    cents.map(paid => PayOrder({ orderId: '7', cents: paid })),
    fc.constant(RemindOrder({ orderId: '7' })),
  ),
  { maxLength: 8 },
);

/** What one message came to: the reply or the error, the state after it, and how often it published. */
interface Result {
  readonly reply: unknown;
  readonly state: unknown;
  readonly paid: number;
}

async function inRuntime(messages: readonly Message[]): Promise<Result[]> {
  let paid = 0;
  const listener = defineActor('listener').on(OrderPaid, () => void (paid += 1));
  const { runtime, run } = await launch({ actors: [orders, listener] });
  const handle = async ({ type, data }: Message): Promise<unknown> => {
    if (type === PayOrder.type) return runtime.ask(PayOrder, data as never);
    if (type === RemindOrder.type) return runtime.ask(RemindOrder, data as never);
    await runtime.publish(OrderPlaced, data as never);
    return undefined;
  };
  const results: Result[] = [];
  for (const message of messages) {
    paid = 0;
    const reply = await run(handle(message)).catch((error: unknown) => String(error).replace(/^.*Error: /, ''));
    results.push({ reply, state: runtime.state(orders, '7') ?? orders.options.state?.('7'), paid });
  }
  await run(runtime.stop());
  return results;
}

function alone(messages: readonly Message[]): Result[] {
  let state = orders.options.state?.('7') as OrderState;
  return messages.map(message => {
    try {
      const { reply, published, ...after } = testActor(orders).given(state).when(message);
      ({ state } = after);
      return { reply, state, paid: published(OrderPaid).length };
    } catch (error) {
      return { reply: (error as Error).message, state, paid: 0 };
    }
  });
}

it('comes to what a runtime comes to', { timeout: 30_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(conversations, async messages => {
      expect(alone(messages)).toEqual(await inRuntime(messages));
    }),
    { seed: SEED, numRuns: 60 },
  );
});
