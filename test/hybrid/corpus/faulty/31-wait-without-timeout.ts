// The saga waits for a signature that may never come, and nothing tells anybody.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const ContractSent = defineEvent('contract.sent', about);
const ContractSigned = defineEvent('contract.signed', about);
const FileContract = defineCommand('contract.file', about);

type Contract = DataOf<typeof ContractSent>;

const archive = defineActor('archive', { state: () => ({ files: 0 }) }).on(FileContract, ctx => {
  ctx.state.files += 1;
});

const machine = setup({
  types: {} as { input: Contract; context: Contract; events: MessageOf<typeof ContractSigned> },
  actors: { file: command(FileContract) },
}).createMachine({
  id: 'contract',
  context: ({ input }) => input,
  initial: 'open',
  states: {
    open: { on: { 'contract.signed': 'filing' } },
    filing: { invoke: { id: 'file', src: 'file', input: whole, onDone: 'filed', onError: 'lost' } },
    filed: { type: 'final' },
    lost: { type: 'final' },
  },
});
const contracts = defineSaga('contracts', { machine })
  .startsOn(ContractSent, data => data)
  .on(ContractSigned);

export const expected: readonly CheckCode[] = ['TR120'];
export const app = defineApp({ actors: [archive], sagas: [contracts] });
