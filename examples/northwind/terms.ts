// The terms of trade: the numbers by which orders are refused, goods are ordered again, and patience ends.

/** The highest bill of a customer, by country; dearer orders are declined. */
const CREDIT_LIMIT_CENTS: Readonly<Record<string, number>> = { USA: 1_000_000, Germany: 1_000_000 };
const CREDIT_LIMIT_ELSEWHERE_CENTS = 400_000;

export function creditLimitCents(country: string): number {
  return CREDIT_LIMIT_CENTS[country] ?? CREDIT_LIMIT_ELSEWHERE_CENTS;
}

/** The highest freight a shipper insures, by its id; without an entry: any. */
export const FREIGHT_LIMIT_CENTS: Readonly<Record<string, number>> = { 1: 25_000, 2: 40_000 };

/** Goods come in cases of this many units. */
export const CASE_UNITS = 10;
/** A product at its reorder level is ordered again, up to that level plus this many units. */
export const REFILL_UNITS = 100;

/** From purchase order to delivery; a durable timer. */
export const LEAD_TIME = '40ms';
/** How long an order on hold waits for somebody who looks at it; a durable timer. */
export const REVIEW_TIME = '20ms';
/** How late a shipper is who is late; a durable timer. */
export const LATE_BY = '30ms';
/** How long a parcel waits for its shipper; a durable timer. */
export const PATIENCE_MS = 200;
