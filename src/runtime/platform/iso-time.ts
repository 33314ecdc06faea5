// Turns stored milliseconds into ISO 8601 text for documents that leave the process, and back.

/** The last moment that a Date can hold. */
const LAST_MS = 8.64e15;

/** Formats milliseconds since 1970 (UTC) as ISO 8601, for example `2026-01-31T12:00:00.000Z`; at most the last Date. */
export function toIso(ms: number): string {
  return new Date(Math.min(ms, LAST_MS)).toISOString();
}

/** A moment as a caller may write it: a Date, ms since 1970, or ISO 8601 (UTC where no zone is given). */
export type Moment = Date | number | string;

/** Milliseconds since 1970; NaN where it is no moment. */
export function fromMoment(moment: Moment): number {
  if (typeof moment === 'number') return moment;
  if (typeof moment !== 'string') return moment.getTime();
  const hasZone = /T.*(?:Z|[+-]\d\d:?\d\d)$/.test(moment);
  return Date.parse(hasZone || !moment.includes('T') ? moment : `${moment}Z`);
}
