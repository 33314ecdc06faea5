// Assertions about our own code, on in production: a broken one stops the turn instead of storing nonsense.
import { TroupeError } from './errors.ts';

/**
 * Throws unless `condition` holds.
 *
 * @throws TroupeError `invariant`
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TroupeError('invariant', `Invariant broken: ${message}. This is a bug in Troupe.`);
}
