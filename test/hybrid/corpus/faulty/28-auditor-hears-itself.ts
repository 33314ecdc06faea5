// The auditor hears everything and publishes that it has written it down, which it hears, too.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const TicketClosed = defineEvent('ticket.closed', about);
const EntryWritten = defineEvent('audit.entry-written', about);
const CloseTicket = defineCommand('ticket.close', about);

const desk = defineActor('desk', { publishes: [TicketClosed] }).on(CloseTicket, (ctx, ticket) => {
  ctx.publish(TicketClosed, ticket);
});
const audit = defineActor('audit', { state: () => ({ entries: 0 }), single: true, publishes: [EntryWritten] }).onAny(
  '#',
  (ctx, envelope) => {
    ctx.state.entries += 1;
    ctx.publish(EntryWritten, { id: envelope.key });
  },
);

export const expected: readonly CheckCode[] = ['TR110'];
export const app = defineApp({ actors: [desk, audit] });
