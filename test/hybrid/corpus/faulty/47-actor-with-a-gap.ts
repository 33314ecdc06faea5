// The state of the actor is in version 2, and no step leads there from version 1.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const PointsEarned = defineEvent('points.earned', money);

const bonus = defineActor('bonus', { state: () => ({ points: 0, level: 'none' }), version: 2 }).on(
  PointsEarned,
  (ctx, { cents }) => {
    ctx.state.points += cents;
    if (ctx.state.points > 1000) ctx.state.level = 'gold';
  },
);

export const expected: readonly CheckCode[] = ['TR140'];
export const app = defineApp({ actors: [bonus] });
