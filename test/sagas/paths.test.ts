// Every path through the checkout's machine, as sagaPaths finds them, replayed on a runtime that dies after every commit.
import Database from 'better-sqlite3';
import { setImmediate as realMacrotask } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sagaPaths, type SagaPath } from '../../src/testing/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash, restart } from '../support/restart.ts';
import {
  app,
  Charge,
  checkout,
  OrderCancelled,
  OrderPlaced,
  payments,
  Reserve,
  Ship,
  shipping,
  stock,
} from './checkout.ts';

/** How a step of a path comes about on a runtime: who answers, or what happens. */
type Cause = 'charge' | 'reserve' | 'ship' | 'cancel' | Wait;

/** Time that passes; a timeout counts that in which the process is up. */
interface Wait {
  readonly waitMs: number;
  readonly isUp: boolean;
}

interface Path {
  readonly title: string;
  readonly orderId: string;
  readonly cents: number;
  readonly causes: readonly Cause[];
  /** Where the machine is then. */
  readonly value: unknown;
}

/** The services answer by themselves, so the order is one that makes them answer as the path says. */
function pathsBy(paths: 'shortest' | 'simple'): Path[] {
  const down = new Error('down');
  const found = sagaPaths(checkout, {
    events: {
      'order.placed': [{ orderId: '1', cents: 4_200 }],
      'order.cancelled': [{ orderId: '1', reason: 'changed my mind' }],
    },
    replies: [
      [
        Charge,
        [
          { ok: true, receipt: 'r' },
          { ok: false, code: 'declined' },
        ],
      ],
      [Reserve, [{ reservation: 'r' }, down]],
      [Ship, [{ trackingCode: 't' }, down]],
    ],
    paths,
  });
  return found.map(({ title, steps }) => {
    const has = (what: string): boolean => steps.some(step => step.title === what);
    return {
      title,
      orderId: has('reserve fails') ? 'sold-out' : has('ship fails') ? 'lost' : '1',
      cents: has('charge refused') ? 200_000 : 4_200,
      causes: steps.slice(1).map(toCause),
      value: steps.at(-1)?.state,
    };
  });
}

function toCause({ title, causes: [first] }: SagaPath['steps'][number]): Cause {
  if (first?.kind === 'wait') return { waitMs: first.ms, isUp: title.endsWith('times out') };
  return first?.kind === 'publish' ? 'cancel' : (title.split(' ', 1)[0] as 'charge' | 'reserve' | 'ship');
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
    if (typeof cause === 'object') return this.#wait(cause);
    if (cause === 'cancel') {
      const data = { orderId, reason: 'changed my mind' };
      return this.#do(({ runtime }) => runtime.publish(OrderCancelled, data, { idempotencyKey: 'cancel' }));
    }
    const service = { charge: payments, reserve: stock, ship: shipping }[cause];
    return this.#do(({ runtime }) => runtime.resume(service as typeof payments));
  }

  async #wait({ waitMs, isUp }: Wait): Promise<void> {
    if (this.#successor && !isUp) await this.#end(waitMs);
    else await this.#launched.platform.advance(waitMs);
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

const turns = { turns: 1 };
const byCrash: Successor = (old, downMs = 0) => crash(old, app, { ...turns, downMs });
const byRestart: Successor = (old, downMs = 0) => restart(old, app, { ...turns, downMs });

describe('a checkout on each simple path of its machine', () => {
  const paths = pathsBy('simple');

  it('goes many ways', () => {
    const causes = paths.flatMap(path => path.causes.map(cause => (typeof cause === 'object' ? 'wait' : cause)));

    expect(paths.length).toBeGreaterThan(15);
    expect(new Set(causes)).toEqual(new Set(['charge', 'reserve', 'ship', 'cancel', 'wait']));
  });

  for (const path of paths) {
    it(`ends the same when it crashes after every commit: ${path.title}`, async () => {
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
  for (const path of pathsBy('shortest')) {
    it(`ends the same when it is restarted after every commit: ${path.title}`, async () => {
      const calm = await Replay.of(path);
      const restarted = await Replay.of(path, byRestart);

      expect(await calm.play()).toEqual(path.value);
      expect(await restarted.play()).toEqual(path.value);
      expect(restarted.result()).toEqual(calm.result());
    });
  }
});
