// The call of the scoring service has no time limit, and neither has its state.
import { assign, setup } from 'xstate';
import { defineActor, defineApp, defineCommand, defineEvent, defineSaga, task } from '../../../../src/index.ts';
import type { DataOf, TaskArgs } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const ApplyForCard = defineCommand('card.apply', about);
const CardRequested = defineEvent('card.requested', about);

type Request = DataOf<typeof CardRequested>;

const desk = defineActor('desk', { publishes: [CardRequested] }).on(ApplyForCard, (ctx, request) => {
  ctx.publish(CardRequested, request);
});

const scoreOf = async ({ input }: TaskArgs<Request>): Promise<number> => input.id.length;
const machine = setup({
  types: {} as { input: Request; context: Request & { readonly score: number }; output: { readonly score: number } },
  actors: { score: task(scoreOf) },
}).createMachine({
  id: 'scoring',
  context: ({ input }) => ({ ...input, score: 0 }),
  initial: 'scoring',
  states: {
    scoring: {
      invoke: {
        id: 'score',
        src: 'score',
        input: whole,
        onDone: { target: 'scored', actions: assign({ score: ({ event }) => event.output }) },
        onError: 'unknown',
      },
    },
    scored: { type: 'final' },
    unknown: { type: 'final' },
  },
  output: ({ context: { score } }) => ({ score }),
});
const scoring = defineSaga('scoring', { machine }).startsOn(CardRequested, data => data);

export const hints = true;
export const expected: readonly CheckCode[] = ['TR121'];
export const app = defineApp({ actors: [desk], sagas: [scoring] });
