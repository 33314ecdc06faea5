// Seeded randomness: one stream of numbers per purpose, so that drawing more of one changes no other.

/** Draws numbers in [0, 1). */
export type Random = () => number;

/** A number in [0, 1) from a seed (mulberry32, Tommy Ettinger). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A stream of its own for one purpose of a seed (the mix is FNV-1a). */
export function randomStream(seed: number, purpose: string): Random {
  let hash = 0x811c9dc5;
  for (const unit of `${seed}/${purpose}`) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return seededRandom(hash);
}

/** A whole number from 0 up to but not including `below`. */
export function drawBelow(random: Random, below: number): number {
  return Math.floor(random() * below);
}
