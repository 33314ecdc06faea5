// Reviewer and author go to and fro until the saga between them says that it is over.
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import { defineActor, defineApp, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const DraftSubmitted = defineEvent('draft.submitted', about);
const ReviewWanted = defineEvent('review.requested', about);
const ReviewGiven = defineEvent('review.given', { ...about, data: about.data.extend({ good: z.boolean() }) });
const DraftPublished = defineEvent('draft.published', about);

type Draft = DataOf<typeof DraftSubmitted>;

const reviewers = defineActor('reviewers', {
  state: () => ({ read: 0 }),
  publishes: [ReviewGiven],
}).on(ReviewWanted, (ctx, { id }) => {
  ctx.state.read += 1;
  ctx.publish(ReviewGiven, { id, good: ctx.state.read > 2 });
});

const machine = setup({
  types: {} as {
    input: Draft;
    context: Draft & { readonly rounds: number };
    events: MessageOf<typeof ReviewGiven>;
    emitted: MessageOf<typeof ReviewWanted | typeof DraftPublished>;
  },
  delays: { deadline: 7 * 86_400_000 },
}).createMachine({
  id: 'review',
  context: ({ input }) => ({ ...input, rounds: 0 }),
  initial: 'reviewing',
  states: {
    reviewing: {
      entry: [
        assign({ rounds: ({ context }) => context.rounds + 1 }),
        emit(({ context: { id } }) => ReviewWanted({ id })),
      ],
      on: {
        'review.given': [
          { guard: ({ event }) => event.data.good, target: 'accepted' },
          { guard: ({ context }) => context.rounds < 5, target: 'reviewing', reenter: true },
          { target: 'rejected' },
        ],
      },
      after: { deadline: 'rejected' },
    },
    accepted: { type: 'final', entry: emit(({ context: { id } }) => DraftPublished({ id })) },
    rejected: { type: 'final' },
  },
});
const review = defineSaga('review', { machine, publishes: [ReviewWanted, DraftPublished] })
  .startsOn(DraftSubmitted, data => data)
  .on(ReviewGiven);

export const app = defineApp({ actors: [reviewers], sagas: [review] });
