// An event called `order.place`: whoever reads it takes it for a command with one owner.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const PlaceOrder = defineEvent('order.place', money);

const statistics = defineActor('statistics', { state: () => ({ cents: 0 }), single: true }).on(
  PlaceOrder,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
  },
);

export const expected: readonly CheckCode[] = ['TR161'];
export const app = defineApp({ actors: [statistics] });
