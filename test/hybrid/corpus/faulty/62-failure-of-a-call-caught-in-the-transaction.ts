// The handler calls the courier and catches a failure that comes when its turn is long over.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const ParcelPacked = defineEvent('parcel.packed', about);
const courier = { announce: async (id: string): Promise<string> => Promise.resolve(id) };

const depot = defineActor('depot', { state: () => ({ announced: 0 }) }).on(ParcelPacked, (ctx, { id }) => {
  courier.announce(id).catch(() => {});
  ctx.state.announced += 1;
});

export const expected: readonly CheckCode[] = ['TR150'];
export const app = defineApp({ actors: [depot] });
