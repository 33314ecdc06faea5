// Edges: the wiring graph between parts, each with the contract it goes by.
import type { WiredEdge, Wiring } from './wiring.ts';

/** Where messages come from that no part sends, and go to that no part takes. */
export const OUTSIDE = 'outside';

/** The edges of a wiring, sorted. */
export function edgesOf(wiring: Pick<Wiring, 'contracts' | 'sagas'>): readonly WiredEdge[] {
  const messages = wiring.contracts.flatMap(({ type, kind, from, to }) => {
    const senders = from.length === 0 ? [OUTSIDE] : parts(from);
    const takers = to.length === 0 ? [OUTSIDE] : parts(to);
    return senders.flatMap(sender => takers.map(taker => ({ from: sender, to: taker, kind, type })));
  });
  const starts = wiring.sagas.flatMap(({ name, steps }) =>
    steps
      .filter(({ kind }) => kind === 'saga')
      .map(({ does }) => ({ from: name, to: does, kind: 'start' as const, type: does })),
  );
  const unique = new Map([...messages, ...starts].map(edge => [idOf(edge), edge]));
  return [...unique.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}

/** One text per edge. */
export function idOf({ from, to, kind, type }: WiredEdge): string {
  return `${from} -> ${to} ${kind} ${type}`;
}

/** `payments:order.placed` belongs to `payments`. */
export const partOf = (handler: string): string => handler.split(':', 1)[0] ?? handler;

const parts = (handlers: readonly string[]): readonly string[] => [...new Set(handlers.map(partOf))];
