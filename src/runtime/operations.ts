// Operations: what an operator does to actors, handlers and instances, and what a runtime tells about itself.
import type { Registration, Subscription } from './delivery/subscription.ts';
import { TroupeError } from './errors.ts';
import type { AnyContract, AnyEvent } from './message/contract.ts';
import { toJsonText, type Json } from './message/json.ts';
import type { Drain } from './turn/drain.ts';
import * as holds from './turn/holds.ts';
import { Act } from './turn/input.ts';
import type { Kernel } from './turn/kernel.ts';

/** A definition with a name: an actor or a saga. */
export interface Named {
  readonly name: string;
}

/** One stored instance. */
export interface StoredInstance {
  readonly key: string;
  readonly status: string | null;
  readonly held: boolean;
  readonly state: unknown;
}

/** Which part of an actor: one handler, or one instance; neither: all of it. */
export interface Part {
  readonly on?: AnyContract | string | undefined;
  readonly key?: string | undefined;
}

/** How a runtime is doing. */
export interface RuntimeInfo {
  readonly state: 'running' | 'stopped' | 'failed';
  readonly file: string;
  readonly durability: 'full' | 'relaxed' | 'memory';
  /** Whether an accepted message survives power loss: `full` on a real disk. */
  readonly powerSafe: boolean;
  readonly storeId: string;
  readonly sqlite: string;
  readonly incarnation: string;
  readonly position: number;
  readonly commitMs: number;
  readonly drains: number;
  readonly cachedInstances: number;
  readonly tasks: number;
  readonly runningTasks: number;
  readonly deadLetters: number;
  /** Messages that instances have put aside. */
  readonly stashed: number;
  /** Events nobody subscribes to, since the start. */
  readonly unheard: number;
}

/** How many instances an actor or saga has, and what waits for it. */
export interface InstanceCount {
  readonly name: string;
  /** `running` or how a saga ended; null for actors. */
  readonly status: string | null;
  readonly instances: number;
  /**
   * Messages and tasks that are not done, and armed timers, of the whole actor or saga. What the log holds for a paused
   * handler is not counted.
   */
  readonly waiting: number;
}

/** Parts without stored instances are there as soon as something waits for them. */
export function countInstances({ store }: Kernel): readonly InstanceCount[] {
  const waiting = new Map(store.states.waiting().map(({ name, count }) => [name, count]));
  const stored = store.states.counts();
  const named = new Set(stored.map(({ name }) => name));
  const others = [...waiting.keys()].filter(name => !named.has(name));
  return [...stored, ...others.map(name => ({ name, status: null, instances: 0 }))].map(row => ({
    ...row,
    waiting: waiting.get(row.name) ?? 0,
  }));
}

export function findRegistration(kernel: Kernel, name: string): Registration {
  const registration = kernel.registration(name);
  if (registration) return registration;
  const what = typeof name === 'string' ? name : 'What was passed';
  const remedy = typeof name === 'string' ? 'Add it to defineApp.' : 'Pass the actor or saga itself.';
  throw new TroupeError('unknown-definition', `${what} is not part of this app. ${remedy}`);
}

function findSubscription(kernel: Kernel, { name }: Named, on: AnyContract | string): Subscription {
  const id = typeof on === 'string' ? on : on.type;
  const subscription = findRegistration(kernel, name).subscriptions.find(({ handler }) => handler.id === id);
  if (subscription) return subscription;
  throw new TroupeError('unknown-definition', `${name} has no handler for ${id}. Add it, or correct the name.`);
}

function submit<T>(kernel: Kernel, act: (drain: Drain) => T): Promise<T> {
  const input = new Act(act);
  kernel.submit(input);
  return input.done;
}

/** What is done to the three things that can be paused. */
interface Acts {
  readonly actor: (drain: Drain, registration: Registration) => void;
  readonly handler: (drain: Drain, subscription: Subscription) => void;
  readonly instance: (drain: Drain, registration: Registration, key: string) => void;
}

export function pause(kernel: Kernel, target: Named, part: Part): Promise<void> {
  return act(
    kernel,
    { ...part, name: target.name },
    {
      actor: holds.pauseActor,
      handler: holds.pauseSubscription,
      instance: (drain, registration, key) =>
        holds.holdInstance(drain, kernel.instances.get(registration, key), { reason: 'paused' }),
    },
  );
}

export function resume(kernel: Kernel, target: Named, part: Part): Promise<void> {
  return act(
    kernel,
    { ...part, name: target.name },
    {
      actor: holds.resumeActor,
      handler: holds.resumeSubscription,
      instance: (drain, registration, key) => holds.releaseInstance(drain, kernel.instances.get(registration, key)),
    },
  );
}

async function act(kernel: Kernel, { name, on, key }: Part & Named, acts: Acts): Promise<void> {
  const registration = findRegistration(kernel, name);
  if (on !== undefined && key !== undefined) {
    throw new TroupeError('invalid-options', 'Name either a handler (on) or an instance (key), not both.');
  }
  const subscription = on === undefined ? undefined : findSubscription(kernel, { name }, on);
  await submit(kernel, drain => {
    if (subscription) acts.handler(drain, subscription);
    else if (key === undefined) acts.actor(drain, registration);
    else acts.instance(drain, registration, key);
  });
}

/** From where a handler is given the kept events again. */
export interface ReplayOptions {
  readonly from: 'beginning' | number;
}

export async function replay(
  kernel: Kernel,
  target: Named & { readonly on: AnyEvent | string },
  { from }: ReplayOptions,
): Promise<void> {
  const subscription = findSubscription(kernel, target, target.on);
  if (subscription.handler.contract?.kind === 'command') {
    throw new TroupeError(
      'invalid-options',
      `${subscription.name} takes a command, and commands are not replayed: each was done once. Send a new one.`,
    );
  }
  await submit(kernel, drain => {
    const first = kernel.store.messages.first() ?? kernel.position + 1;
    if (from !== 'beginning' && from < first) {
      throw new TroupeError(
        'log-truncated',
        `The log starts at position ${first}; ${from} is gone. Replay from there, or keep messages longer.`,
      );
    }
    drain.setCursor(subscription, from === 'beginning' ? 0 : from - 1);
  });
}

/** Tells an instance something that no contract carries. */
export async function signal(
  kernel: Kernel,
  address: { readonly name: string; readonly key: string },
  data: Json,
): Promise<void> {
  const { name, key } = address;
  const { self } = findRegistration(kernel, name);
  await submit(kernel, drain => {
    if (!self || !kernel.store.states.get(`${name}/${key}`)) {
      throw new TroupeError('not-found', `There is no ${name}/${key}.`);
    }
    const text = toJsonText(data, 'signal');
    const fixed = { version: 1, kind: 'tick', source: 'edge', cause: undefined, hops: 0 } as const;
    drain.deliver(drain.append({ ...fixed, type: `${name}.signal`, key, text, data }), { subscription: self, key });
  });
}

const SIGNALS_AT_ONCE = 500;

/** Tells every living instance that older code has written. */
export async function signalOutdated(
  kernel: Kernel,
  { name, version }: { readonly name: string; readonly version: number },
  data: Json,
): Promise<void> {
  const keys = kernel.store.states.outdated(`${name}/`, version).map(address => address.slice(name.length + 1));
  for (let from = 0; from < keys.length; from += SIGNALS_AT_ONCE) {
    await Promise.all(keys.slice(from, from + SIGNALS_AT_ONCE).map(key => signal(kernel, { name, key }, data)));
  }
}

export function describe(kernel: Kernel): RuntimeInfo {
  const { scheduler, store, tasks } = kernel;
  const { file, durability, powerSafe, storeId, sqlite } = store.info;
  return {
    state: scheduler.state,
    file,
    durability,
    powerSafe,
    storeId,
    sqlite,
    incarnation: store.epochs.at(-1)?.incarnation ?? '',
    position: kernel.committed,
    commitMs: scheduler.commitMs,
    drains: scheduler.drains,
    cachedInstances: kernel.instances.count,
    tasks: tasks.count,
    runningTasks: tasks.running,
    deadLetters: kernel.deadLetters,
    stashed: kernel.stash.count,
    unheard: kernel.unheard,
  };
}
