// An event is published and nobody hears it: right only if it is for others, or for later.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const RateStay = defineCommand('stay.rate', about);
const StayRated = defineEvent('stay.rated', about);
const StayPraised = defineEvent('stay.praised', about);

const ratings = defineActor('ratings', { state: () => ({ stays: 0 }), publishes: [StayRated, StayPraised] }).on(
  RateStay,
  (ctx, stay) => {
    ctx.state.stays += 1;
    ctx.publish(StayRated, stay);
    ctx.publish(StayPraised, stay);
  },
);
const statistics = defineActor('statistics', { state: () => ({ rated: 0 }) }).on(StayRated, ctx => {
  ctx.state.rated += 1;
});

export const hints = true;
export const expected: readonly CheckCode[] = ['TR132'];
export const app = defineApp({ actors: [ratings, statistics] });
