// The handler that gives way only starts a task, which sends the command that its actor declares.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, whole, type Case } from '../kit.ts';

const ClaimFiled = defineEvent('claim.filed', about);
const DamageAssessed = defineEvent('damage.assessed', about);
const ReadPhotos = defineCommand('photos.read', about);
const AssessDamage = defineCommand('damage.appraise', about);

const experts = defineActor('experts', { publishes: [DamageAssessed] }).on(AssessDamage, (ctx, claim) =>
  ctx.publish(DamageAssessed, claim),
);
const desk = defineActor('desk', { sends: [AssessDamage] })
  .on(ClaimFiled, (ctx, claim) => ctx.start(ReadPhotos, claim), { yieldsTo: 'orchestrator' })
  .task(ReadPhotos, {
    run: async () => Promise.resolve('photos'),
    done: (ctx, _photos, claim) => ctx.send(AssessDamage, claim),
  });

const machine = setup({
  types: {} as { input: Pick<Case, 'id'>; context: Pick<Case, 'id'> },
  actors: { assess: command(AssessDamage) },
}).createMachine({
  id: 'settlement',
  context: ({ input }) => input,
  initial: 'assessing',
  states: {
    assessing: { invoke: { id: 'assess', src: 'assess', input: whole, onDone: 'assessed', onError: 'stuck' } },
    assessed: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const settlement = defineSaga('settlement', { machine, orchestrates: [AssessDamage] }).startsOn(
  ClaimFiled,
  data => data,
);

export const app = defineApp({ actors: [experts, desk], sagas: [settlement] });
