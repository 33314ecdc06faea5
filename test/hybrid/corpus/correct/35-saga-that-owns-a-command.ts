// A saga that a command starts: it is the owner of the command, and it limits its wait by a delayed event of its own.
import { assign, cancel, raise, setup } from 'xstate';
import { defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const StocktakeDue = defineEvent('stocktake.fell-due', about);
const TakeStock = defineCommand('stocktake.take', about);
const ShelfCounted = defineEvent('shelf.counted', about);

type Stocktake = DataOf<typeof TakeStock>;

const calendar = defineActor('calendar', { sends: [TakeStock] }).on(StocktakeDue, (ctx, stocktake) => {
  ctx.send(TakeStock, stocktake);
});

const machine = setup({
  types: {} as {
    input: Stocktake;
    context: Stocktake & { readonly shelves: number };
    events: MessageOf<typeof ShelfCounted> | { readonly type: 'evening-came' };
  },
  delays: { day: 86_400_000 },
  guards: { isComplete: ({ context }) => context.shelves >= 10 },
}).createMachine({
  id: 'stocktake',
  context: ({ input }) => ({ ...input, shelves: 0 }),
  initial: 'counting',
  states: {
    counting: {
      entry: raise({ type: 'evening-came' }, { delay: 'day', id: 'evening' }),
      exit: cancel('evening'),
      on: {
        'shelf.counted': { target: 'checking', actions: assign({ shelves: ({ context }) => context.shelves + 1 }) },
        'evening-came': 'given-up',
      },
    },
    checking: { always: [{ guard: 'isComplete', target: 'counted' }, { target: 'counting' }] },
    counted: { type: 'final' },
    'given-up': { type: 'final' },
  },
});
const stocktake = defineSaga('stocktake', { machine })
  .startsOn(TakeStock, data => data)
  .on(ShelfCounted);

export const app = defineApp({ actors: [calendar], sagas: [stocktake] });
