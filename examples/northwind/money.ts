// Money as whole cents: decimals are read digit by digit, and each order line is rounded once, half up.
const SCALE = 10_000;

/** `'14.9'` becomes 149,000 ten-thousandths; a fifth decimal never gets here. */
function toTenThousandths(decimal: string): number {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return Number(whole) * SCALE + Number(fraction.padEnd(4, '0'));
}

export function toCents(decimal: string): number {
  return Math.round(toTenThousandths(decimal) / 100);
}

/** Price times units less discount, exact up to the one division. */
export function lineCents(line: {
  readonly unitPrice: string;
  readonly quantity: number;
  readonly discount: string;
}): number {
  const share = SCALE - toTenThousandths(line.discount);
  const exact = BigInt(toTenThousandths(line.unitPrice)) * BigInt(line.quantity) * BigInt(share);
  const divisor = BigInt(SCALE * 100);
  return Number((exact + divisor / 2n) / divisor);
}

export function showCents(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function showCount(count: number): string {
  return count.toLocaleString('en-US');
}
