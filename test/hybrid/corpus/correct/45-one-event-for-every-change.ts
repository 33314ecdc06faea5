// Whatever happens to a ticket, its actor says by the same event that the status has changed: not the same work.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, whole, type Case } from '../kit.ts';

const TicketOpened = defineEvent('ticket.opened', about);
const StatusChanged = defineEvent('ticket.status-changed', about);
const CloseTicket = defineCommand('ticket.close', about);

const tickets = defineActor('tickets', { state: () => ({ status: 'none' }), publishes: [StatusChanged] })
  .on(TicketOpened, (ctx, ticket) => {
    ctx.state.status = 'open';
    ctx.publish(StatusChanged, ticket);
  })
  .on(CloseTicket, (ctx, ticket) => {
    ctx.state.status = 'closed';
    ctx.publish(StatusChanged, ticket);
  });
const board = defineActor('board').on(StatusChanged, () => {});

const machine = setup({
  types: {} as { input: Pick<Case, 'id'>; context: Pick<Case, 'id'> },
  actors: { close: command(CloseTicket) },
  delays: { week: 7 * 86_400_000 },
}).createMachine({
  id: 'care',
  context: ({ input }) => input,
  initial: 'open',
  states: {
    open: { after: { week: 'closing' } },
    closing: { invoke: { id: 'close', src: 'close', input: whole, onDone: 'closed', onError: 'stuck' } },
    closed: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const care = defineSaga('care', { machine }).startsOn(TicketOpened, data => data);

export const app = defineApp({ actors: [tickets, board], sagas: [care] });
