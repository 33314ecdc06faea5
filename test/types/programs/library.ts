// Generic library code: what a company would build on top of Troupe.
import { z } from 'zod';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  defineActor,
  defineCommand,
  defineEvent,
  type Actor,
  type AnyEvent,
  type Bus,
  type CommandContract,
  type DataOf,
  type EventContract,
  type Envelope,
  type Storable,
} from '../../../src/index.ts';
import { ChargePayment, OrderCancelled, OrderPlaced, OrderShipped } from './contracts.ts';

/** L1: an actor for any list of events, built in a loop. */
export function auditActor(name: string, events: readonly AnyEvent[]): Actor {
  let actor = defineActor(name, { state: () => ({ seen: 0, last: '' }) });
  for (const event of events) {
    actor = actor.on(event, ctx => {
      ctx.state.seen++;
      ctx.state.last = ctx.message.id;
    });
  }
  return actor;
}
export const audit = auditActor('audit', [OrderPlaced, OrderCancelled, OrderShipped]);

/** L2: decorates an existing actor, keeps its type. */
export function withCounter<State extends { count: number }, P extends string, S extends string>(
  actor: Actor<State, P, S>,
  event: AnyEvent,
): Actor<State, P, S> {
  return actor.on(event, ctx => {
    ctx.state.count++;
  });
}
export const counted = withCounter(defineActor('c', { state: () => ({ count: 0, other: 'x' }) }), OrderPlaced).on(
  OrderShipped,
  ctx => {
    ctx.state.other = 'y';
  },
);

/** L3: generic over the data of a contract. */
export function latest<Data>(name: string, event: EventContract<string, Data, never>): Actor<{ value: Data | null }> {
  return defineActor(name, { state: (): { value: Data | null } => ({ value: null }) }).on(event, (ctx, data) => {
    ctx.state.value = data;
  });
}
export const lastOrder = latest('last-order', OrderPlaced).on(OrderPlaced, ctx => {
  ctx.log.info(ctx.state.value?.currency ?? '');
});

/** L4: a family of contracts and an actor from one schema. */
export function entity<const Name extends string, Schema extends z.ZodObject<{ id: z.ZodString }>>(
  name: Name,
  schema: Schema,
) {
  type Data = z.ZodObject<{ id: z.ZodString; entity: Schema }>;
  const data = z.object({ id: z.string(), entity: schema }) as Data & Storable<Data, 'data'>;
  const Saved = defineEvent<`${Name}.saved`, Data>(`${name}.saved`, { data, key: d => d.id });
  const Save = defineCommand<`${Name}.save`, Data, z.ZodObject<{ version: z.ZodInt }>>(`${name}.save`, {
    data,
    key: d => d.id,
    reply: z.object({ version: z.int() }),
  });
  return { Saved, Save };
}
export const Customer = entity('customer', z.object({ id: z.string(), email: z.email() }));
export const customers = defineActor('customers', { publishes: [Customer.Saved], state: () => ({ version: 0 }) }).on(
  Customer.Save,
  (ctx, c) => {
    ctx.publish(Customer.Saved, { id: c.id, entity: { id: c.id, email: 'a@b.c' } });
    return { version: ++ctx.state.version };
  },
);

/** L5: ask many. */
export async function askAll<Input, Reply>(
  bus: Bus,
  command: CommandContract<string, unknown, Reply, Input>,
  inputs: readonly Input[],
): Promise<Reply[]> {
  return Promise.all(inputs.map(input => bus.ask(command, input, { timeout: '5s' })));
}
export const charges = (bus: Bus): Promise<unknown> =>
  askAll(bus, ChargePayment, [{ orderId: '1', cents: 1 }]).then(r => r.map(x => x.ok));

/** L6: middleware around a handler. */
export function timed<Ctx extends { now(): number; log: { info(m: string): void } }, Data, Reply>(
  name: string,
  handler: (ctx: Ctx, data: Data) => Reply,
): (ctx: Ctx, data: Data) => Reply {
  return (ctx, data) => {
    const start = ctx.now();
    try {
      return handler(ctx, data);
    } finally {
      ctx.log.info(`${name} ${ctx.now() - start}`);
    }
  };
}
export const wrapped = defineActor('w', { state: () => ({ n: 0 }) })
  .on(
    OrderPlaced,
    timed('placed', (ctx, order) => {
      ctx.state.n += order.cents;
    }),
  )
  .on(
    ChargePayment,
    timed('charge', (ctx, c) =>
      c.cents > 1 ? { ok: true, receipt: ctx.now().toString() } : { ok: false, code: 'declined' },
    ),
  );

/** L7: a forwarder from any event to any bus, typed tap. */
export function forward<E extends AnyEvent>(
  bus: { on<C extends AnyEvent>(c: C, f: (e: Envelope<DataOf<C>>) => void): () => void },
  event: E,
  to: (data: DataOf<E>) => void,
): () => void {
  return bus.on(event, e => to(e.data));
}
/** L8: contract factory over any Standard Schema. */
export function tenantEvent<const Type extends string, S extends StandardSchemaV1<unknown, { tenant: string }>>(
  type: Type,
  data: S & Storable<S, 'data'>,
): EventContract<Type, StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>> {
  return defineEvent<Type, S>(type, { data, key: d => d.tenant });
}
export const T = tenantEvent(
  'tenant.created',
  z.object({ tenant: z.string(), plan: z.enum(['free', 'pro']).default('free') }),
);
export const made = T({ tenant: 'x' });
