// The order saga of W3 and W4: four commands with replies, under a timer that is armed first and cancelled last.
import { command, defineActor, defineApp, defineSaga, type App, type DataOf, type MessageOf } from 'troupe';
import { assign, emit, setup } from 'xstate';
import { ChargePayment, OrderDone, OrderPlaced, PackParcel, ReserveStock, ShipParcel, type Part } from './contracts.ts';
import { OWNERS, type Owner } from './workload.ts';

type Order = DataOf<typeof OrderPlaced>;
interface Progress extends Order {
  readonly receipts: readonly string[];
}

function toPart({ context: { orderId, sequence, customer, cents, items } }: { readonly context: Progress }): Part {
  return { orderId, sequence, customer, cents, items };
}

const machine = setup({
  types: {} as { input: Order; context: Progress; emitted: MessageOf<typeof OrderDone> },
  actors: {
    reserve: command(ReserveStock),
    charge: command(ChargePayment),
    pack: command(PackParcel),
    ship: command(ShipParcel),
  },
  actions: {
    keep: assign({
      receipts: ({ context, event }) => [...context.receipts, (event['output'] as { receipt: string }).receipt],
    }),
    announce: emit(({ context: { orderId, sequence, receipts } }) =>
      OrderDone({ orderId, sequence, receipts: [...receipts] }),
    ),
  },
  delays: { patience: 60_000 },
}).createMachine({
  id: 'order',
  context: ({ input }) => ({ ...input, receipts: [] }),
  initial: 'open',
  states: {
    open: {
      after: { patience: 'failed' },
      initial: 'reserving',
      states: {
        reserving: waitFor('reserve', 'charging'),
        charging: waitFor('charge', 'packing'),
        packing: waitFor('pack', 'shipping'),
        shipping: waitFor('ship', '#order.done'),
      },
    },
    done: { type: 'final', entry: 'announce' },
    failed: { type: 'final' },
  },
});

/** A state that sends one command and keeps the receipt in its reply. */
function waitFor<const Step extends string, const Next extends string>(step: Step, next: Next) {
  const onDone = { target: next, actions: 'keep' } as const;
  return { invoke: { id: step, src: step, input: toPart, onDone, onError: '#order.failed' } } as const;
}

export const orders = defineSaga('order', { machine, publishes: [OrderDone] }).startsOn(OrderPlaced, placed => placed);

const steps = { stock: ReserveStock, payment: ChargePayment, parcel: PackParcel, carrier: ShipParcel };

/** The saga and the owners of its steps, each with a state per customer; `handling` hears of every command first. */
export function orderApp(handling: (owner: Owner, sequence: number) => void = () => {}): App {
  const actors = OWNERS.map(name =>
    defineActor(name, { state: () => ({ count: 0, cents: 0 }) }).on(steps[name], ({ state }, { sequence, cents }) => {
      handling(name, sequence);
      state.count += 1;
      state.cents += cents;
      return { receipt: `${name}-${state.count}` };
    }),
  );
  return defineApp({ actors, sagas: [orders] });
}
