import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../src/index.ts';
import { commandOf, eventOf, launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

const SEEDS = Number(process.env['TROUPE_OPERATION_SEEDS'] ?? 40);
const STEPS = 60;
const Happened = eventOf('op.happened');
const Do = commandOf('op.do');
const Work = commandOf('op.work');
const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** Fails twice where n is a multiple of five, so that retries mix with everything else. */
const shaky = (attempt: number, n: number): void => {
  if (n % 5 === 0 && attempt < 3) throw new Error('shaky');
};

const make = (name: string, retryOrder: 'block' | 'skip-ahead') =>
  defineActor(name, { state: () => ({ seen: [] as number[] }), retryOrder, retry: { delay: 500, attempts: 9 } }).on(
    Happened,
    (ctx, { n }) => {
      shaky(ctx.attempt, n);
      ctx.state.seen.push(n);
    },
  );
const blocking = make('blocking', 'block').on(Do, (ctx, { n }) => {
  shaky(ctx.attempt, n);
  return ctx.state.seen.push(n);
});
const skipping = make('skipping', 'skip-ahead').task(
  Work,
  {
    run: async (ctx, { n }) => {
      shaky(ctx.attempt, n);
      if (n % 3 === 0) await ctx.sleep('nap', 300);
      return ctx.step('n', () => n);
    },
    done: (ctx, n) => ctx.state.seen.push(n),
  },
  { retry: { delay: 200, attempts: 9 } },
);
const app = defineApp({ actors: [blocking, skipping] });
const actors = [blocking, skipping];

/** What was accepted, per key, in the order of sending. */
class World {
  readonly #random: () => number;
  /** A handler that is paused alone is overtaken by the others of its actor. */
  readonly #pausesHandlers: boolean;
  readonly events = new Map(KEYS.map(key => [key, [] as number[]]));
  readonly work = new Map(KEYS.map(key => [key, [] as number[]]));
  readonly all = new Map(KEYS.map(key => [key, [] as number[]]));
  launched: Launched;
  #n = 0;

  constructor(launched: Launched, random: () => number, pausesHandlers: boolean) {
    this.#pausesHandlers = pausesHandlers;
    this.#random = random;
    this.launched = launched;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  async step(): Promise<void> {
    const { runtime, platform, settled } = this.launched;
    const actor = this.#pick(actors);
    const key = { key: this.#pick(KEYS) };
    const part = this.#pick(this.#pausesHandlers ? [{}, key, { on: Happened }] : [{}, key]);
    const act = this.#random();
    if (act < 0.6) this.#send();
    else if (act < 0.7) runtime.pause(actor, part).catch(() => {});
    else if (act < 0.85) runtime.resume(actor, part).catch(() => {});
    else if (act < 0.95) await platform.advance(Math.floor(this.#random() * 1_000));
    else {
      await settled();
      this.launched = await crash(this.launched, app, options(this.#random));
    }
    for (let macrotasks = Math.floor(this.#random() * 4); macrotasks > 0; macrotasks--) platform.step();
  }

  /** Several messages at once; what they are is only known to be accepted when the runtime settles, so a crash waits for that. */
  #send(): void {
    const { runtime } = this.launched;
    for (let count = Math.floor(this.#random() * 4); count >= 0; count--) {
      const key = this.#pick(KEYS);
      const n = (this.#n += 1);
      const how = this.#pick(['publish', 'send', 'work'] as const);
      if (how === 'publish') {
        void runtime.publish(Happened, { key, n });
        this.events.get(key)?.push(n);
      } else if (how === 'send') {
        void runtime.send(Do, { key, n });
        this.all.get(key)?.push(n);
      } else {
        void runtime.send(Work, { key, n });
        this.work.get(key)?.push(n);
      }
      if (how === 'publish') this.all.get(key)?.push(n);
    }
  }

  async finish(): Promise<void> {
    const { runtime, platform, settled } = this.launched;
    await settled();
    for (const actor of actors) {
      const parts = [{}, { on: Happened }, ...KEYS.map(key => ({ key }))];
      for (const part of parts) runtime.resume(actor, part).catch(() => {});
    }
    await platform.finish();
  }
}

const options = (random: () => number) => ({
  limits: { mailboxPerActor: 4, cachedInstances: 3, mailboxPerAddress: 10_000 },
  turns: () => 1 + Math.floor(random() * 4),
});

const sorted = (numbers: Iterable<number>): number[] => [...numbers].toSorted((a, b) => a - b);

describe('whatever is sent, paused, resumed, retried and crashed, in any order', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))(
    'is applied once and in order: seed %i, K13, K19, P3, P5',
    async seed => {
      const random = seededRandom(seed);
      const pausesHandlers = seed % 2 === 1;
      const world = new World(await launch(app, options(random)), random, pausesHandlers);
      for (let step = 0; step < STEPS; step++) await world.step();
      await world.finish();

      const { runtime, kernel } = world.launched;
      const found = KEYS.map(key => [
        runtime.state(blocking, key)?.seen ?? [],
        runtime.state(skipping, key)?.seen ?? [],
      ]);
      for (const [at, key] of KEYS.entries()) {
        const [inOrder = [], anyOrder = []] = found[at] ?? [];
        const events = new Set(world.events.get(key));
        expect(sorted(inOrder), `blocking/${key}`).toEqual(world.all.get(key));
        expect(
          inOrder.filter(n => events.has(n)),
          `events of blocking/${key}`,
        ).toEqual(world.events.get(key));
        if (!pausesHandlers) expect(inOrder, `blocking/${key}`).toEqual(world.all.get(key));
        const all = [...(world.events.get(key) ?? []), ...(world.work.get(key) ?? [])];
        expect(sorted(anyOrder), `skipping/${key}`).toEqual(sorted(all));
        const work = new Set(world.work.get(key));
        expect(
          anyOrder.filter(n => work.has(n)),
          `tasks of skipping/${key}`,
        ).toEqual(world.work.get(key));
      }
      expect(runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0, deadLetters: 0 });
      expect([...kernel.registrations].map(({ pending }) => pending)).toEqual([0, 0]);
      expect(KEYS.map(key => runtime.why(blocking, key).status)).toEqual(KEYS.map(() => 'idle'));
    },
  );
});
