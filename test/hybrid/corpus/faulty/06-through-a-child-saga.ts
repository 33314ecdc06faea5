// The saga that starts on the event sends nothing itself: its child commands what an actor does on the event already.
import { setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  saga,
} from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, whole, type Case } from '../kit.ts';

const SubscriptionStarted = defineEvent('subscription.started', money);
const LicenseGranted = defineEvent('license.granted', about);
const GrantLicense = defineCommand('license.grant', about);

const licenses = defineActor('licenses', { state: () => ({ active: false }), publishes: [LicenseGranted] })
  .on(GrantLicense, (ctx, license) => {
    ctx.state.active = true;
    ctx.publish(LicenseGranted, license);
  })
  .on(SubscriptionStarted, (ctx, { id }) => {
    ctx.state.active = true;
    ctx.publish(LicenseGranted, { id });
  });

const inner = setup({
  types: {} as { input: Case; context: Case },
  actors: { grant: command(GrantLicense) },
}).createMachine({
  id: 'provisioning',
  context: ({ input }) => input,
  initial: 'granting',
  states: {
    granting: { invoke: { id: 'grant', src: 'grant', input: whole, onDone: 'granted', onError: 'failed' } },
    granted: { type: 'final' },
    failed: { type: 'final' },
  },
});
const provisioning = defineSaga('provisioning', { machine: inner });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { provision: saga(provisioning) },
}).createMachine({
  id: 'onboarding',
  context: ({ input }) => input,
  initial: 'provisioning',
  states: {
    provisioning: { invoke: { id: 'kid', src: 'provision', input: whole, onDone: 'ready', onError: 'failed' } },
    ready: { type: 'final' },
    failed: { type: 'final' },
  },
});
const onboarding = defineSaga('onboarding', { machine }).startsOn(SubscriptionStarted, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [licenses], sagas: [onboarding, provisioning] });
