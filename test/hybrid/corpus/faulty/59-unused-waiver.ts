// The waiver was right once: the step has a time limit by now, and the exception would hide the next finding.
import { setup } from 'xstate';
import { defineApp, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const PatientAdmitted = defineEvent('patient.admitted', about);
const PatientDischarged = defineEvent('patient.discharged', about);

type Patient = DataOf<typeof PatientAdmitted>;

const machine = setup({
  types: {} as { input: Patient; context: Patient; events: MessageOf<typeof PatientDischarged> },
  delays: { patience: 90 * 86_400_000 },
}).createMachine({
  id: 'stay',
  context: ({ input }) => input,
  initial: 'inside',
  states: {
    inside: { on: { 'patient.discharged': 'home' }, after: { patience: 'moved' } },
    home: { type: 'final' },
    moved: { type: 'final' },
  },
});
const stays = defineSaga('stays', {
  machine,
  allow: [{ code: 'TR120', reason: 'Some patients stay for as long as it takes.' }],
})
  .startsOn(PatientAdmitted, data => data)
  .on(PatientDischarged);

export const expected: readonly CheckCode[] = ['TR190'];
export const app = defineApp({ sagas: [stays] });
