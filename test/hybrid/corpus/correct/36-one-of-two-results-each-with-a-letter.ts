// A decision has one of two results, and a letter goes out on either: the same effect, and never twice for one case.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import { about, money } from '../kit.ts';

const ApplicationReceived = defineEvent('application.received', money);
const ApplicationAccepted = defineEvent('application.accepted', about);
const ApplicationDeclined = defineEvent('application.declined', about);

const underwriting = defineActor('underwriting', {
  state: () => ({ cents: 0 }),
  publishes: [ApplicationAccepted, ApplicationDeclined],
}).on(ApplicationReceived, (ctx, { id, cents }) => {
  ctx.state.cents += cents;
  if (cents < 1_000_000) ctx.publish(ApplicationAccepted, { id });
  else ctx.publish(ApplicationDeclined, { id });
});
const letters = defineActor('letters', { state: () => ({ letters: 0 }) })
  .on(
    ApplicationAccepted,
    ctx => {
      ctx.state.letters += 1;
    },
    { effect: 'send-letter' },
  )
  .on(
    ApplicationDeclined,
    ctx => {
      ctx.state.letters += 1;
    },
    { effect: 'send-letter' },
  );

export const app = defineApp({ actors: [underwriting, letters] });
