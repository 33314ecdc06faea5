// Three services pass a customer on in a circle, one of them in a task: nothing in it ever says that it is enough.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const ProfileUpdated = defineEvent('profile.updated', about);
const SegmentAssigned = defineEvent('segment.assigned', about);
const OfferSent = defineEvent('offer.sent', about);

const profiles = defineActor('profiles', { state: () => ({ offers: 0 }), publishes: [ProfileUpdated] }).on(
  OfferSent,
  (ctx, customer) => {
    ctx.state.offers += 1;
    ctx.publish(ProfileUpdated, customer);
  },
);
const segments = defineActor('segments', { publishes: [SegmentAssigned] }).on(ProfileUpdated, (ctx, customer) => {
  ctx.publish(SegmentAssigned, customer);
});
const offers = defineActor('offers', { publishes: [OfferSent] }).task(SegmentAssigned, {
  run: (ctx, { id }) => ctx.step('offer', () => id.length),
  done: (ctx, _offer, customer) => ctx.publish(OfferSent, customer),
});

export const expected: readonly CheckCode[] = ['TR110'];
export const app = defineApp({ actors: [profiles, segments, offers] });
