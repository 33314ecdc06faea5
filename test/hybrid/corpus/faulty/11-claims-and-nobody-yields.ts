// The saga claims the command, and the handler of the event does not give way: a claim alone stops nobody.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const MemberJoined = defineEvent('member.joined', money);
const FeeCollected = defineEvent('fee.collected', money);
const CollectFee = defineCommand('fee.collect', money);

const fees = defineActor('fees', { state: () => ({ cents: 0 }), publishes: [FeeCollected] })
  .on(CollectFee, (ctx, fee) => {
    ctx.state.cents += fee.cents;
    ctx.publish(FeeCollected, fee);
  })
  .on(MemberJoined, (ctx, fee) => {
    ctx.state.cents += fee.cents;
    ctx.publish(FeeCollected, fee);
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { collect: command(CollectFee, { timeout: '1d' }) },
}).createMachine({
  id: 'membership',
  context: ({ input }) => input,
  initial: 'collecting',
  states: {
    collecting: { invoke: { id: 'collect', src: 'collect', input: whole, onDone: 'active', onError: 'refused' } },
    active: { type: 'final' },
    refused: { type: 'final' },
  },
});
const membership = defineSaga('membership', { machine, orchestrates: [CollectFee] }).startsOn(
  MemberJoined,
  data => data,
);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [fees], sagas: [membership] });
