// A handler waits for an event that nothing in the app publishes: right only if it comes from outside.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money } from '../kit.ts';

const SensorAdded = defineEvent('sensor.added', about);
const AddSensor = defineCommand('sensor.add', about);
const TemperatureMeasured = defineEvent('sensor.temperature-measured', money);

const sensors = defineActor('sensors', { publishes: [SensorAdded] }).on(AddSensor, (ctx, sensor) => {
  ctx.publish(SensorAdded, sensor);
});
const alarms = defineActor('alarms', { state: () => ({ sensors: 0, alarms: 0 }) })
  .on(SensorAdded, ctx => {
    ctx.state.sensors += 1;
  })
  .on(TemperatureMeasured, (ctx, { cents }) => {
    if (cents > 80) ctx.state.alarms += 1;
  });

export const hints = true;
export const expected: readonly CheckCode[] = ['TR131'];
export const app = defineApp({ actors: [sensors, alarms] });
