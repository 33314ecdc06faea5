// The handler arms a timer of the process: after a restart nobody reminds anybody.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const TicketOpened = defineEvent('ticket.opened', about);

const calls: string[] = [];
const desk = defineActor('desk', { state: () => ({ open: 0 }) }).on(TicketOpened, (ctx, { id }) => {
  ctx.state.open += 1;
  setTimeout(() => calls.push(id), 60_000);
});

export const expected: readonly CheckCode[] = ['TR150'];
export const app = defineApp({ actors: [desk] });
