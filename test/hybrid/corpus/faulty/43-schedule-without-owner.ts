// A schedule sends a command every night, and nobody owns it.
import { z } from 'zod';
import { defineActor, defineApp, defineCommand, defineEvent, defineSchedule } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const CloseDay = defineCommand('ledger.close-day', { data: z.object({ day: z.string() }) });
const PaymentReceived = defineEvent('payment.received', money);

const ledger = defineActor('ledger', { state: () => ({ cents: 0 }) }).on(PaymentReceived, (ctx, { cents }) => {
  ctx.state.cents += cents;
});

export const expected: readonly CheckCode[] = ['TR130'];
export const app = defineApp({
  actors: [ledger],
  schedules: [
    defineSchedule('nightly', CloseDay, slot => ({ day: new Date(slot).toISOString() }), { cron: '0 3 * * *' }),
  ],
});
