// The mail goes out on the registration, and once more on the trial that follows from the same registration.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const UserRegistered = defineEvent('user.registered', about);
const TrialStarted = defineEvent('trial.started', about);

const crm = defineActor('crm', { state: () => ({ mails: 0 }) }).on(
  UserRegistered,
  ctx => {
    ctx.state.mails += 1;
  },
  { effect: 'send-mail' },
);
const trials = defineActor('trials', { state: () => ({ days: 0 }), publishes: [TrialStarted] }).on(
  UserRegistered,
  (ctx, user) => {
    ctx.state.days = 30;
    ctx.publish(TrialStarted, user);
  },
);
const coach = defineActor('coach', { state: () => ({ mails: 0 }) }).on(
  TrialStarted,
  ctx => {
    ctx.state.mails += 1;
  },
  { effect: 'send-mail' },
);

export const expected: readonly CheckCode[] = ['TR107'];
export const app = defineApp({ actors: [crm, trials, coach] });
