// One saga knows all forty stations of a permit: it is the department, and not a process of it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const PermitRequested = defineEvent('permit.requested', about);
const StampPermit = defineCommand('permit.stamp', about);

type Permit = DataOf<typeof PermitRequested>;

const registry = defineActor('registry', { state: () => ({ stamps: 0 }) }).on(StampPermit, ctx => {
  ctx.state.stamps += 1;
});

const STATIONS = 40;
const nameOf = (station: number): string => (station < STATIONS ? `station-${station}` : 'granted');
const stations = Object.fromEntries(
  Array.from({ length: STATIONS }, (_, station) => [nameOf(station), { after: { day: nameOf(station + 1) } }]),
);

const machine = setup({
  types: {} as { input: Permit; context: Permit },
  actors: { stamp: command(StampPermit) },
  delays: { day: 86_400_000 },
}).createMachine({
  id: 'permit',
  context: ({ input }) => input,
  initial: 'stamping',
  states: {
    stamping: { invoke: { id: 'stamp', src: 'stamp', input: whole, onDone: 'station-0', onError: 'refused' } },
    ...stations,
    granted: { type: 'final' },
    refused: { type: 'final' },
  },
});
const permits = defineSaga('permits', { machine }).startsOn(PermitRequested, data => data);

export const expected: readonly CheckCode[] = ['TR124'];
export const app = defineApp({ actors: [registry], sagas: [permits] });
