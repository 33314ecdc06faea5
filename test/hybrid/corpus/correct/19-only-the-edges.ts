// Commands that only the outside sends, events that only the outside publishes, and events that nobody here consumes.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about, money, ok } from '../kit.ts';

const OpenAccount = defineCommand('account.open', about);
const CloseAccount = defineCommand('account.close', { ...about, reply: ok });
const TransferReceived = defineEvent('bank.transfer-received', money);
const AccountOpened = defineEvent('account.opened', about);
const AccountClosed = defineEvent('account.closed', about);

const accounts = defineActor('accounts', {
  state: () => ({ open: false, cents: 0 }),
  publishes: [AccountOpened, AccountClosed],
})
  .on(OpenAccount, (ctx, account) => {
    if (ctx.state.open) return;
    ctx.state.open = true;
    ctx.publish(AccountOpened, account);
  })
  .on(CloseAccount, (ctx, account) => {
    if (!ctx.state.open || ctx.state.cents !== 0) return { ok: false };
    ctx.state.open = false;
    ctx.publish(AccountClosed, account);
    return { ok: true };
  })
  .on(TransferReceived, (ctx, { cents }) => {
    ctx.state.cents += cents;
  });

export const app = defineApp({ actors: [accounts] });
