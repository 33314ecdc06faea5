// What customers do, and what must hold whatever happens: nobody pays for an order that was cancelled.
import { eventually, noDeadLetters } from 'troupe/testing';
import type { Invariant, ScenarioTools } from 'troupe/testing';
import { checkout, OrderCancelled, OrderPlaced, payments } from './app.ts';

/** One customer keeps the order; the other changes her mind within two seconds. */
export async function scenario({ client, random }: ScenarioTools): Promise<void> {
  await client.publish(OrderPlaced, { order: 'A-1', cents: 4200 });
  await client.publish(OrderPlaced, { order: 'A-2', cents: 900 });
  await client.sleep(Math.floor(random() * 2000));
  await client.publish(OrderCancelled, { order: 'A-2' });
}

export const invariants: readonly Invariant[] = [
  eventually('nobody pays for a cancelled order', t => {
    for (const { key, state } of t.sagas.list(checkout)) {
      const { charged, refunded } = t.state(payments, key) ?? { charged: 0, refunded: 0 };
      const paid = charged - refunded;
      if (state === 'cancelled' && paid > 0) throw new Error(`${paid} cents were taken for ${key}, which is cancelled`);
    }
  }),
  noDeadLetters(),
];
