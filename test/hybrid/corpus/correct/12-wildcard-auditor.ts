// An auditor writes down everything that happens, the events of the saga too: it publishes nothing.
import { emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about, ok, whole } from '../kit.ts';

const TicketOpened = defineEvent('ticket.opened', about);
const TicketSolved = defineEvent('ticket.solved', about);
const AnswerTicket = defineCommand('ticket.answer', { ...about, reply: ok });
const AgentAssigned = defineEvent('desk.agent-assigned', about);

const desk = defineActor('desk', { state: () => ({ open: 0 }), publishes: [AgentAssigned] }).on(
  AnswerTicket,
  (ctx, ticket) => {
    ctx.state.open += 1;
    ctx.publish(AgentAssigned, ticket);
    return { ok: true };
  },
);
const audit = defineActor('audit', { state: () => ({ lines: [] as string[] }), single: true }).onAny(
  '#',
  (ctx, envelope) => {
    ctx.state.lines.push(`${envelope.type} ${envelope.key}`);
  },
);

type Ticket = DataOf<typeof TicketOpened>;
const machine = setup({
  types: {} as { input: Ticket; context: Ticket; emitted: MessageOf<typeof TicketSolved> },
  actors: { answer: command(AnswerTicket, { timeout: '1d' }) },
}).createMachine({
  id: 'support',
  context: ({ input }) => input,
  initial: 'answering',
  states: {
    answering: { invoke: { id: 'answer', src: 'answer', input: whole, onDone: 'solved', onError: 'dropped' } },
    solved: { type: 'final', entry: emit(({ context }) => TicketSolved(context)) },
    dropped: { type: 'final' },
  },
});
const support = defineSaga('support', { machine, publishes: [TicketSolved] }).startsOn(TicketOpened, data => data);

export const app = defineApp({ actors: [desk, audit], sagas: [support] });
