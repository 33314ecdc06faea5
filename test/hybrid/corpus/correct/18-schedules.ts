// Two schedules, one of a command and one of an event; nobody else sends or publishes these.
import { z } from 'zod';
import { defineActor, defineApp, defineCommand, defineEvent, defineSchedule } from '../../../../src/index.ts';
import { money } from '../kit.ts';

const CloseDay = defineCommand('ledger.close-day', { data: z.object({ day: z.string() }) });
const HourStruck = defineEvent('clock.hour-struck', { data: z.object({ at: z.number() }) });
const DayClosed = defineEvent('ledger.day-closed', { data: z.object({ day: z.string(), cents: z.int() }) });
const LoanReturned = defineEvent('loan.returned', money);

const ledger = defineActor('ledger', { state: () => ({ cents: 0 }), single: true, publishes: [DayClosed] })
  .on(
    LoanReturned,
    (ctx, { cents }) => {
      ctx.state.cents += cents;
    },
    { key: () => 'default' },
  )
  .on(CloseDay, (ctx, { day }) => {
    ctx.publish(DayClosed, { day, cents: ctx.state.cents });
    ctx.state.cents = 0;
  });
const reminders = defineActor('reminders', { state: () => ({ rounds: 0 }), single: true }).on(HourStruck, ctx => {
  ctx.state.rounds += 1;
});

export const app = defineApp({
  actors: [ledger, reminders],
  schedules: [
    defineSchedule('nightly', CloseDay, slot => ({ day: new Date(slot).toISOString() }), { cron: '0 3 * * *' }),
    defineSchedule('hourly', HourStruck, slot => ({ at: slot }), { every: '1h' }),
  ],
});
