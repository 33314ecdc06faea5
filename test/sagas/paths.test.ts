// Every path through the checkout's machine, as XState's graph finds them, replayed on a runtime that dies after every commit.
import Database from 'better-sqlite3';
import { setImmediate as realMacrotask } from 'node:timers/promises';
import { fromPromise, type EventObject } from 'xstate';
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash, restart } from '../support/restart.ts';
import { app, checkout, machine, OrderCancelled, OrderPlaced, payments, shipping, stock } from './checkout.ts';

const PATIENCE_MS = 86_400_000;

/** How each event of the machine comes about on a runtime: who answers, or what happens. */
const CAUSES = {
  'xstate.done.actor.charge': 'charge',
  'xstate.error.actor.charge': 'charge',
  'xstate.done.actor.reserve': 'reserve',
  'xstate.error.actor.reserve': 'reserve',
  'xstate.done.actor.ship': 'ship',
  'xstate.error.actor.ship': 'ship',
  'order.cancelled': 'cancel',
  'xstate.after.patience.checkout': 'wait',
} as const;

type Cause = (typeof CAUSES)[keyof typeof CAUSES];

interface Path {
  readonly orderId: string;
  readonly cents: number;
  readonly causes: readonly Cause[];
  /** Where the machine is then. */
  readonly value: unknown;
}

function eventsOf({ value }: { readonly value: unknown }): EventObject[] {
  const { paying } = value as { readonly paying?: { readonly money: string; readonly goods: string } };
  const isShipping = value === 'shipping';
  const all: Readonly<Record<keyof typeof CAUSES, boolean>> = {
    'xstate.done.actor.charge': paying?.money === 'asking',
    'xstate.error.actor.charge': paying?.money === 'asking',
    'xstate.done.actor.reserve': paying?.goods === 'asking',
    'xstate.error.actor.reserve': paying?.goods === 'asking',
    'xstate.done.actor.ship': isShipping,
    'xstate.error.actor.ship': isShipping,
    'order.cancelled': paying !== undefined || isShipping,
    // A charge that is not answered times out long before patience does.
    'xstate.after.patience.checkout': paying?.money === 'charged' || isShipping,
  };
  const types = Object.entries(all).flatMap(([type, isPossible]) => (isPossible ? [type] : []));
  return types.map(type => ({ type, output: {}, error: {}, data: {} }));
}

/** The machine's paths, without those that only differ in what is remembered. */
function pathsBy(find: typeof getShortestPaths): Path[] {
  const inert = fromPromise(() => new Promise<never>(() => {}));
  const model = machine.provide({ actors: { charge: inert, reserve: inert, ship: inert } as never });
  const paths = find(model, {
    input: { orderId: '1', cents: 1 },
    events: eventsOf as never,
    serializeState: ({ value }) => JSON.stringify(value),
  });
  return paths.map(({ state, steps }) => {
    const types = steps.map(({ event }) => event.type as string).filter(type => type in CAUSES);
    const fails = (what: string): boolean => types.includes(`xstate.error.actor.${what}`);
    return {
      orderId: fails('reserve') ? 'sold-out' : fails('ship') ? 'lost' : '1',
      cents: fails('charge') ? 200_000 : 4_200,
      causes: types.map(type => CAUSES[type as keyof typeof CAUSES]),
      value: state.value,
    };
  });
}

type Successor = (old: Launched, downMs?: number) => Promise<Launched>;

/** One run along a path; with a successor, the process ends after every commit. */
class Replay {
  readonly #path: Path;
  readonly #successor: Successor | undefined;
  #launched: Launched;
  #hasCommitted = false;
  ends = 0;

  private constructor(path: Path, launched: Launched, successor: Successor | undefined) {
    this.#path = path;
    this.#successor = successor;
    this.#launched = launched;
    this.#watch();
  }

  static async of(path: Path, successor?: Successor): Promise<Replay> {
    return new Replay(path, await launch(app, { turns: 1, database: new Database(':memory:') }), successor);
  }

  async play(): Promise<unknown> {
    const { orderId, cents, causes } = this.#path;
    const services = [payments, stock, shipping];
    for (const service of services) await this.#do(({ runtime }) => runtime.pause(service));
    await this.#do(({ runtime }) => runtime.publish(OrderPlaced, { orderId, cents }, { idempotencyKey: 'place' }));
    for (const cause of causes) await this.#cause(cause);
    const reached = this.#launched.runtime.sagas.get(checkout, orderId)?.state;
    for (const service of services) await this.#do(({ runtime }) => runtime.resume(service));
    return reached;
  }

  async #cause(cause: Cause): Promise<void> {
    const { orderId } = this.#path;
    if (cause === 'wait') return this.#wait();
    if (cause === 'cancel') {
      const data = { orderId, reason: 'changed my mind' };
      return this.#do(({ runtime }) => runtime.publish(OrderCancelled, data, { idempotencyKey: 'cancel' }));
    }
    const service = { charge: payments, reserve: stock, ship: shipping }[cause];
    return this.#do(({ runtime }) => runtime.resume(service as typeof payments));
  }

  async #wait(): Promise<void> {
    if (this.#successor) await this.#end(PATIENCE_MS);
    else await this.#launched.platform.advance(PATIENCE_MS);
    await this.#settle();
  }

  /** Does something, again if the process ended before it was accepted, and lets everything that follows happen. */
  async #do(act: (launched: Launched) => Promise<unknown>): Promise<void> {
    const accepted = act(this.#launched).then(
      () => true,
      () => false,
    );
    await this.#settle();
    if (!(await Promise.race([accepted, realMacrotask(false)]))) await this.#do(act);
  }

  /** Runs what can run now, ending the process after each commit. */
  async #settle(): Promise<void> {
    for (;;) {
      await realMacrotask();
      const { platform } = this.#launched;
      const isIdle = !platform.step() && platform.pendingTasks === 0;
      if (this.#successor && this.#hasCommitted) await this.#end();
      else if (isIdle) return;
    }
  }

  async #end(downMs = 0): Promise<void> {
    this.ends += 1;
    this.#launched = await this.#successor!(this.#launched, downMs);
    this.#watch();
  }

  #watch(): void {
    this.#hasCommitted = false;
    const { store } = this.#launched;
    const commit = store.commit.bind(store);
    store.commit = batch => {
      commit(batch);
      this.#hasCommitted = true;
    };
  }

  /** What must not depend on how often the process has died; ids do. */
  result(): unknown {
    const { runtime, store } = this.#launched;
    const read = (sql: string): string[] =>
      store.database
        .prepare(sql)
        .all()
        .map(row => JSON.stringify(row).replaceAll(/\b[0-9a-f]{16}-\d+\b/g, '<id>'))
        .toSorted();
    const { status, state, output, context, steps, timers } = runtime.sagas.get(checkout, this.#path.orderId)!;
    const { why } = context;
    return {
      saga: { status, state, output, why, timers, steps: steps.map(step => `${step.name} ${step.status}`) },
      commands: read("select type, key, data from troupe_messages where kind = 'command'"),
      events: read("select type, key, data from troupe_messages where kind = 'event'"),
      states: read("select address, data from troupe_states where address not like 'checkout/%'"),
      open: read('select subscription, key from troupe_deliveries'),
      deadLetters: read('select name, key, reason from troupe_dead_letters'),
    };
  }
}

const nameOf = ({ causes, value }: Path): string => `${causes.join(', ') || 'nothing'} to ${JSON.stringify(value)}`;
const turns = { turns: 1 };
const byCrash: Successor = (old, downMs = 0) => crash(old, app, { ...turns, downMs });
const byRestart: Successor = (old, downMs = 0) => restart(old, app, { ...turns, downMs });

describe('a checkout on each simple path of its machine', () => {
  const paths = pathsBy(getSimplePaths);

  it('goes many ways', () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(new Set(paths.flatMap(({ causes }) => causes))).toEqual(new Set(Object.values(CAUSES)));
  });

  for (const path of paths) {
    it(`ends the same when it crashes after every commit: ${nameOf(path)}`, async () => {
      const calm = await Replay.of(path);
      const crashed = await Replay.of(path, byCrash);

      expect(await calm.play()).toEqual(path.value);
      expect(await crashed.play()).toEqual(path.value);
      expect(crashed.ends).toBeGreaterThan(path.causes.length);
      expect(crashed.result()).toEqual(calm.result());
    });
  }
});

describe('a checkout on each shortest path of its machine', () => {
  for (const path of pathsBy(getShortestPaths)) {
    it(`ends the same when it is restarted after every commit: ${nameOf(path)}`, async () => {
      const calm = await Replay.of(path);
      const restarted = await Replay.of(path, byRestart);

      expect(await calm.play()).toEqual(path.value);
      expect(await restarted.play()).toEqual(path.value);
      expect(restarted.result()).toEqual(calm.result());
    });
  }
});
