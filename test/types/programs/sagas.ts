// A saga with every kind of step, with inference only; what a machine says reaches the runtime's answers.
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import {
  assign,
  emit,
  fromPromise,
  fromTransition,
  setup,
  type ContextFrom,
  type InputFrom,
  type OutputFrom,
  type StateValueFrom,
  type TagsFrom,
} from 'xstate';
import {
  command,
  defineSaga,
  isRefused,
  mapContext,
  migration,
  renameState,
  saga,
  task,
  type DataOf,
  type MessageOf,
  type Runtime,
  type Saga,
  type TaskArgs,
} from '../../../src/index.ts';
import {
  ChargePayment,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  RefundPayment,
  ReleaseStock,
  ReserveStock,
  ShipOrder,
} from './contracts.ts';

const ledger = sqliteTable('ledger', { orderId: text('order_id').primaryKey(), cents: integer('cents').notNull() });

interface Order {
  readonly orderId: string;
}

/** A child saga: one command, and its output. */
const shippingMachine = setup({
  types: {} as { input: Order; context: Order & { readonly code?: string }; output: { readonly code: string } },
  actors: { ship: command(ShipOrder) },
}).createMachine({
  id: 'shipping',
  context: ({ input }) => input,
  initial: 'shipping',
  output: ({ context }) => ({ code: context.code ?? '' }),
  states: {
    shipping: {
      invoke: {
        id: 'ship',
        src: 'ship',
        input: ({ context: { orderId } }) => ({ orderId }),
        onDone: { target: 'shipped', actions: assign({ code: ({ event }) => event.output.trackingCode }) },
        onError: 'lost',
      },
    },
    shipped: { type: 'final' },
    lost: { type: 'final', tags: 'compensate' },
  },
});
export const shipping = defineSaga('shipping', { machine: shippingMachine });

/** A machine in the row of another one, which is undone with it. */
const reserving = setup({
  types: {} as { input: Order; context: Order & { reservation?: string }; output: { reservation: string } },
  actors: {
    reserve: command(ReserveStock, {
      doneIf: reply => reply.status === 'reserved',
      compensate: { send: ReleaseStock, data: ({ reservation }, { orderId }) => ({ orderId, reservation }) },
    }),
  },
}).createMachine({
  id: 'reserving',
  context: ({ input }) => input,
  initial: 'asking',
  output: ({ context }) => ({ reservation: context.reservation ?? '' }),
  states: {
    asking: {
      invoke: {
        id: 'reserve',
        src: 'reserve',
        input: ({ context: { orderId } }) => ({ orderId, lines: [] }),
        onDone: { target: 'reserved', actions: assign({ reservation: ({ event }) => event.output.reservation }) },
        onError: 'short',
      },
    },
    reserved: { type: 'final' },
    short: { type: 'final', tags: 'compensate' },
  },
});

const machine = setup({
  types: {} as {
    input: DataOf<typeof OrderPlaced>;
    context: DataOf<typeof OrderPlaced> & { readonly code?: string; readonly why?: string; readonly rate?: number };
    events: MessageOf<typeof OrderCancelled>;
    emitted: MessageOf<typeof OrderConfirmed>;
    output: { readonly code: string | undefined };
    tags: 'compensate' | 'open';
  },
  actors: {
    charge: command(ChargePayment, {
      doneIf: reply => reply.ok,
      compensate: { send: RefundPayment, data: ({ receipt }, { orderId }) => ({ orderId, receipt }) },
    }),
    rate: task(({ input, signal }: TaskArgs<{ currency: string }>) => (signal.aborted ? 0 : input.currency.length), {
      retry: { attempts: 3 },
    }),
    bonus: fromPromise(async ({ input }: { input: Order }) => input.orderId.length),
    counted: fromTransition((n: number) => n + 1, 0),
    reserving,
    shipping: saga(shipping, { key: ({ orderId }) => orderId }),
  },
  actions: { book: (_, _params: { cents: number }) => {}, tell: () => {} },
}).createMachine({
  id: 'order',
  context: ({ input }) => input,
  initial: 'charging',
  output: ({ context }) => ({ code: context.code }),
  on: { 'order.cancelled': { target: '.rejected', actions: assign({ why: ({ event }) => event.data.reason }) } },
  states: {
    charging: {
      tags: 'open',
      invoke: {
        id: 'charge',
        src: 'charge',
        input: ({ context: { orderId, cents } }) => ({ orderId, cents }),
        onDone: { target: 'rating', actions: [{ type: 'book', params: { cents: 1 } }, 'tell'] },
        onError: {
          target: 'rejected',
          actions: assign({
            why: ({ event: { error } }) =>
              isRefused(ChargePayment, error) && !error.reply.ok ? error.reply.code : 'fault',
          }),
        },
      },
    },
    rating: {
      invoke: {
        id: 'rate',
        src: 'rate',
        input: ({ context }) => ({ currency: context.currency }),
        onDone: { target: 'reserving', actions: assign({ rate: ({ event }) => event.output }) },
        onError: 'rejected',
      },
    },
    reserving: {
      invoke: {
        id: 'reserving',
        src: 'reserving',
        input: ({ context: { orderId } }) => ({ orderId }),
        onDone: { target: 'shipping', actions: assign({ code: ({ event }) => event.output.reservation }) },
        onError: 'rejected',
      },
    },
    shipping: {
      invoke: {
        id: 'shipping',
        src: 'shipping',
        input: ({ context: { orderId } }) => ({ orderId }),
        onDone: { target: 'confirmed', actions: assign({ code: ({ event }) => event.output.code }) },
        onError: 'rejected',
      },
    },
    confirmed: { type: 'final', entry: emit(({ context: { orderId } }) => OrderConfirmed({ orderId })) },
    rejected: { type: 'final', tags: 'compensate' },
  },
});

export const order = defineSaga('order', {
  machine,
  version: 2,
  publishes: [OrderConfirmed],
  migrate: {
    1: migration(
      renameState('order.paying', 'order.charging'),
      mapContext((old: { orderId: string; total: number }) => ({ orderId: old.orderId, cents: old.total * 100 })),
    ),
  },
  invariant: ({ cents }) => cents >= 0 || 'less than nothing',
  sql: database => drizzle({ client: database, schema: { ledger } }),
  inTransaction: {
    book: ({ context: { orderId }, event, sql, key }, { cents }: { cents: number }) => {
      sql
        .insert(ledger)
        .values({ orderId: `${orderId} ${event.type} ${key}`, cents })
        .run();
    },
    'reserving/note': ({ context }: { readonly context: Order }) => void context.orderId,
  },
  unknown: 'wait',
  unhandled: 'stash',
  late: 'deadLetter',
})
  .startsOn(OrderPlaced, (data, { time }) => ({ ...data, cents: time > 0 ? data.cents : 0 }))
  .on(OrderCancelled, { correlate: ({ orderId }) => orderId });
export const list: readonly Saga[] = [order, shipping];

/** The two are the same type, member by member. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export const flows: Same<
  (typeof order)['~types'],
  {
    input: InputFrom<typeof machine>;
    context: ContextFrom<typeof machine>;
    output: OutputFrom<typeof machine>;
    state: StateValueFrom<typeof machine>;
    tag: TagsFrom<typeof machine>;
    events: MessageOf<typeof OrderCancelled>;
  }
> = true;
export const flowsThrough: Same<
  InputFrom<ReturnType<typeof saga<(typeof order)['~types']>>>,
  InputFrom<typeof machine>
> = true;
/** A definition does not take on what its machine does not say. */
export const differs: Same<(typeof shipping)['~types']['output'], OutputFrom<typeof machine>> = false;

export async function look(runtime: Runtime): Promise<string> {
  const open = await runtime.sagas.waitFor(order, '1', { tag: 'open' });
  const { output, context, state, tags, steps } = open;
  const over = await runtime.sagas.waitFor(order, '1', 'done', { timeout: '5s' });
  await runtime.sagas.waitFor(order, '1', { state: 'shipping' });
  await runtime.sagas.edit(order, '1', before => ({ ...before, cents: before.cents + 1 }));
  const names = runtime.sagas.list(order, { status: 'held' }).map(({ key }) => key);
  const code: string | undefined = over.output?.code;
  if (state === 'charging' && open.matches('charging') && tags.has('open')) return context.currency;
  return [code ?? output?.code ?? '', ...names, ...steps.map(({ name }) => name)].join(' ');
}

/** In a test the steps are played by promises. */
export const played = machine.provide({
  actors: {
    charge: fromPromise(async ({ input }) => ({ ok: true as const, receipt: input.orderId })),
    shipping: fromPromise(async ({ input }) => ({ code: input.orderId })),
  },
});
