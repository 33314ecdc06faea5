// The reaction hides in a pattern: `order.*` hears the order that starts the saga, and prints a label for it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', about);
const LabelPrinted = defineEvent('label.printed', about);
const PrintLabel = defineCommand('label.print', about);

type Order = DataOf<typeof OrderPlaced>;

const labels = defineActor('labels', { state: () => ({ labels: 0 }), publishes: [LabelPrinted] })
  .on(PrintLabel, (ctx, order) => {
    ctx.state.labels += 1;
    ctx.publish(LabelPrinted, order);
  })
  .onAny('order.*', (ctx, { key }) => {
    ctx.state.labels += 1;
    ctx.publish(LabelPrinted, { id: key });
  });

const machine = setup({
  types: {} as { input: Order; context: Order },
  actors: { print: command(PrintLabel) },
}).createMachine({
  id: 'packing',
  context: ({ input }) => input,
  initial: 'labelling',
  states: {
    labelling: { invoke: { id: 'print', src: 'print', input: whole, onDone: 'packed', onError: 'stuck' } },
    packed: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const packing = defineSaga('packing', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [labels], sagas: [packing] });
