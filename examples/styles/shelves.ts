// The shelves of the warehouse: units by product.
import type { Order } from './contracts.ts';

export type Lines = Order['lines'];
export type Shelves = Record<string, number>;

/** Takes all lines or none. */
export function take(shelves: Shelves, lines: Lines): boolean {
  if (lines.some(({ productId, units }) => (shelves[productId] ?? 0) < units)) return false;
  for (const { productId, units } of lines) shelves[productId] = (shelves[productId] ?? 0) - units;
  return true;
}

export function giveBack(shelves: Shelves, lines: Lines): void {
  for (const { productId, units } of lines) shelves[productId] = (shelves[productId] ?? 0) + units;
}
