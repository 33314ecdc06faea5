// Durations at the surface: milliseconds or a string like '30s'.
import { TroupeError } from '../errors.ts';

/** Milliseconds, or a number with a unit: `'250ms'`, `'1.5s'`, `'30m'`, `'6h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const form = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;

/**
 * Converts a duration to milliseconds; fractions of a millisecond are kept. `what` names the option in the error.
 *
 * @throws TroupeError `invalid-duration`
 */
export function toMs(duration: Duration, what: string): number {
  const ms = typeof duration === 'string' ? parse(duration) : duration;
  if (typeof ms === 'number' && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER) return ms + 0;
  throw new TroupeError(
    'invalid-duration',
    `${what} is not a duration: ${show(duration)}. Write milliseconds, or text like '250ms', '30s', '5m', '6h', '7d'.`,
  );
}

function parse(text: string): number {
  const match = form.exec(text);
  if (match === null) return Number.NaN;
  const unit = unitMs[match[2] ?? ''] ?? Number.NaN;
  return Math.round(Number(match[1]) * unit * 1e6) / 1e6;
}

function show(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.slice(0, 40)}'`
    : typeof value === 'number'
      ? String(value)
      : `a ${typeof value}`;
}
