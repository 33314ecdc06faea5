// What travellers do, and what must hold whatever happens: a seat is taken for a trip that was booked, and for no other.
import { eventually, noDeadLetters } from 'troupe/testing';
import type { Invariant, ScenarioTools } from 'troupe/testing';
import { booking, flights, TripWanted } from './app.ts';

export async function scenario({ client }: ScenarioTools): Promise<void> {
  for (const [trip, nights] of [
    ['T-1', 3],
    ['T-2', 7],
    ['T-3', 30],
  ] as const) {
    await client.publish(TripWanted, { trip, nights });
    await client.sleep('1m');
  }
}

export const invariants: readonly Invariant[] = [
  eventually('seats are taken for booked trips only', t => {
    for (const trip of t.state(flights)?.trips ?? []) {
      const { state } = t.saga(booking, trip);
      if (state !== 'booked') throw new Error(`a seat is taken for ${trip}, which ended as ${state}`);
    }
  }),
  noDeadLetters(),
];
