// What guests do, and what must hold whatever happens: who holds a seat has ten minutes.
import { always, noDeadLetters } from 'troupe/testing';
import type { Invariant, ScenarioTools } from 'troupe/testing';
import { BuySeat, GiveUpSeat, HOLD_MS, HoldExpired, HoldSeat } from './app.ts';

const SEAT = '12A';

/** Guests come by, hold the seat if it is free, think about it, and buy it or give it up. */
export async function scenario({ client, random }: ScenarioTools): Promise<void> {
  const visit = async (guest: string): Promise<void> => {
    const minutes = (most: number) => `${Math.floor(random() * most)}m` as const;
    await client.sleep(minutes(30));
    const wish = { seat: SEAT, guest };
    const { ok } = await client.ask(HoldSeat, wish);
    if (!ok) return;
    await client.sleep(minutes(12));
    await (random() < 0.5 ? client.ask(BuySeat, wish) : client.send(GiveUpSeat, wish));
  };
  await Promise.all(['ann', 'bob', 'eve'].map(guest => visit(guest)));
}

export const invariants: readonly Invariant[] = [
  always('who holds a seat has ten minutes', t => {
    for (const { guest, heldMs } of t.published(HoldExpired)) {
      if (heldMs < HOLD_MS) throw new Error(`the hold of ${guest} ended after ${heldMs / 60_000} minutes`);
    }
  }),
  noDeadLetters(),
];
