// States that wait for a person, two levels below the state whose timer limits all of it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

const ApplicationReceived = defineEvent('application.received', about);
const InterviewHeld = defineEvent('interview.held', about);
const ReferencesChecked = defineEvent('references.checked', about);
const ContractSigned = defineEvent('contract.signed', about);
const SendOffer = defineCommand('offer.send', about);

type Applicant = DataOf<typeof ApplicationReceived>;

const office = defineActor('office', { state: () => ({ offers: 0 }), single: true }).on(SendOffer, ctx => {
  ctx.state.offers += 1;
});

const machine = setup({
  types: {} as {
    input: Applicant;
    context: Applicant;
    events: MessageOf<typeof InterviewHeld | typeof ReferencesChecked | typeof ContractSigned>;
  },
  actors: { send: command(SendOffer) },
  delays: { season: 120 * 86_400_000 },
}).createMachine({
  id: 'hiring',
  context: ({ input }) => input,
  initial: 'running',
  states: {
    running: {
      after: { season: 'withdrawn' },
      initial: 'getting-to-know',
      onDone: 'hired',
      states: {
        'getting-to-know': {
          initial: 'interview',
          onDone: 'offering',
          states: {
            interview: { on: { 'interview.held': 'references' } },
            references: { on: { 'references.checked': 'known' } },
            known: { type: 'final' },
          },
        },
        offering: { invoke: { id: 'send', src: 'send', input: whole, onDone: 'signing', onError: 'signing' } },
        signing: { on: { 'contract.signed': 'signed' } },
        signed: { type: 'final' },
      },
    },
    hired: { type: 'final' },
    withdrawn: { type: 'final' },
  },
});
const hiring = defineSaga('hiring', { machine, unhandled: 'stash' })
  .startsOn(ApplicationReceived, data => data)
  .on(InterviewHeld)
  .on(ReferencesChecked)
  .on(ContractSigned);

export const app = defineApp({ actors: [office], sagas: [hiring] });
