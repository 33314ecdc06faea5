// A sensor that is polled for ever: every round waits in a durable timer.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about, money } from '../kit.ts';

const PumpStarted = defineEvent('pump.started', about);
const PressureRead = defineEvent('pump.pressure-read', money);
const PumpPaused = defineEvent('pump.paused', about);
const ReadPressure = defineCommand('pump.read-pressure', about);

const pumps = defineActor('pumps', {
  state: () => ({ bar: 0, high: 0 }),
  publishes: [PressureRead],
  sends: [ReadPressure],
})
  .on(PumpStarted, (ctx, pump) => {
    ctx.schedule(ReadPressure, pump, { after: '10s', id: 'poll' });
  })
  .on(ReadPressure, (ctx, { id }) => {
    ctx.state.bar += 1;
    ctx.publish(PressureRead, { id, cents: ctx.state.bar });
  })
  .on(PressureRead, (ctx, { id, cents }) => {
    if (cents > 200) ctx.state.high += 1;
    ctx.schedule(ReadPressure, { id }, { after: '10s', id: 'poll' });
  })
  .on(PumpPaused, ctx => ctx.cancel('poll'));

export const app = defineApp({ actors: [pumps] });
