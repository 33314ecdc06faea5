// An event from outside that two modules hear: it belongs to neither of them, so neither has to expose it.
import { defineActor, defineApp, defineEvent, defineModule } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const ContainerArrived = defineEvent('port.container-arrived', about);
const DutyAssessed = defineEvent('customs.duty-assessed', about);

const customs = defineActor('customs', { publishes: [DutyAssessed] }).on(ContainerArrived, (ctx, container) => {
  ctx.publish(DutyAssessed, container);
});
const yard = defineActor('yard', { state: () => ({ containers: 0 }), single: true }).on(ContainerArrived, ctx => {
  ctx.state.containers += 1;
});

export const app = defineApp({
  modules: [
    defineModule('customs', { actors: [customs], exposes: [DutyAssessed] }),
    defineModule('terminal', { actors: [yard] }),
  ],
});
