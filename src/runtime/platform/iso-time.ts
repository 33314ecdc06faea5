// Turns stored milliseconds into ISO 8601 text for documents that leave the process.

/** Formats milliseconds since 1970 (UTC) as ISO 8601, for example `2026-01-31T12:00:00.000Z`. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
