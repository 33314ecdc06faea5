// The handler starts a promise of a client and goes on: what it brings comes after the commit, or never.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const CustomerMoved = defineEvent('customer.moved', about);

const geo = { locate: (id: string): Promise<number> => Promise.resolve(id.length) };
const places = new Map<string, number>();
const customers = defineActor('customers', { state: () => ({ moves: 0 }) }).on(CustomerMoved, (ctx, { id }) => {
  ctx.state.moves += 1;
  void geo.locate(id).then(place => places.set(id, place));
});

export const expected: readonly CheckCode[] = ['TR150'];
export const app = defineApp({ actors: [customers] });
