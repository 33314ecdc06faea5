// Two modules talk in events: one asks for a rating, the other answers, and a limit ends the wait.
import { z } from 'zod';
import { defineActor, defineApp, defineCommand, defineEvent, defineModule } from '../../../../src/index.ts';
import { about, money } from '../kit.ts';

const ApplicationReceived = defineEvent('application.received', money);
const RatingRequested = defineEvent('application.rating-requested', money);
const RatingGiven = defineEvent('rating.given', { ...money, data: money.data.extend({ grade: z.string() }) });
const GiveUp = defineCommand('application.give-up', about);

const applications = defineActor('applications', {
  state: () => ({ grade: 'none' }),
  publishes: [RatingRequested],
  sends: [GiveUp],
})
  .on(ApplicationReceived, (ctx, application) => {
    ctx.publish(RatingRequested, application);
    ctx.schedule(GiveUp, { id: application.id }, { after: '3d', id: 'limit' });
  })
  .on(RatingGiven, (ctx, { grade }) => {
    ctx.state.grade = grade;
    ctx.cancel('limit');
  })
  .on(GiveUp, ctx => {
    ctx.state.grade = 'unrated';
  });
const raters = defineActor('raters', { publishes: [RatingGiven] }).task(RatingRequested, {
  run: async (ctx, { id }) => ctx.step('rate', () => (id.length > 3 ? 'A' : 'B')),
  done: (ctx, grade, data) => ctx.publish(RatingGiven, { ...data, grade }),
});

export const app = defineApp({
  modules: [
    defineModule('credit', { actors: [applications], exposes: [RatingRequested] }),
    defineModule('rating', { actors: [raters], exposes: [RatingGiven] }),
  ],
});
