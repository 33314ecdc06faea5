import { describe, expect, it } from 'vitest';
import { FaultyDatabase } from '../support/faulty-database.ts';
import { launch, memory, type Launched } from '../support/kernel-kit.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { VirtualPlatform } from '../support/virtual-platform.ts';
import { app, echo, Note, note, Put, put, Work, work } from './ledger.ts';
import { Oracle, type Ending, type Sent } from './oracle.ts';

const FAULTS = ['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_CONSTRAINT_TRIGGER'];

/** One run: batches of sends, with faults at commits, crashes, stops and pauses between them. */
class Run {
  readonly #random: () => number;
  readonly #oracle = new Oracle();
  #launched: Launched;
  #database: FaultyDatabase;
  #sent = 0;

  private constructor(random: () => number, launched: Launched, database: FaultyDatabase) {
    this.#random = random;
    this.#launched = launched;
    this.#database = database;
  }

  static async play(seed: number, batches: number): Promise<{ found: Ending; expected: Ending }> {
    const random = seededRandom(seed);
    const database = new FaultyDatabase();
    const run = new Run(random, await Run.#open(random, database), database);
    for (let batch = 0; batch < batches; batch++) await run.#batch();
    await run.#launched.platform.finish();
    return { found: run.#read(), expected: run.#oracle.ending };
  }

  static #open(random: () => number, database: FaultyDatabase, old?: Launched): Promise<Launched> {
    const startMs = old?.platform.wallMs() ?? 1_800_000_000_000;
    const platform = new VirtualPlatform({ seed: Math.floor(random() * 1e9), startMs });
    const turns = (): number => 1 + Math.floor(random() * 6);
    const flight = old?.kernel.flight.read();
    return launch(app, { database: database.handle, platform, turns, ...(flight && { flight }) });
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  async #batch(): Promise<void> {
    const batch = Array.from({ length: 1 + this.#below(8) }, () => this.#draw());
    const { runtime, platform } = this.#launched;
    this.#planFault();
    if (this.#below(5) === 0) await this.#pause(platform);
    const pending = batch.map(one => this.#send(one));
    for (let step = this.#below(20); step > 0 && platform.step(); step--) await Promise.resolve();
    let accepted: boolean[];
    if (this.#below(4) === 0) {
      // Whatever is not acknowledged now was never committed: it dies with the process, and its sender sends it again.
      accepted = await Promise.all(pending.map(one => Promise.race([one, afterMicrotasks()])));
      await this.#crash();
      for (const [at, one] of batch.entries()) {
        if (accepted[at] !== true) accepted[at] = await this.#launched.run(this.#send(one));
      }
      // Re-sent after everything that had been accepted.
      this.#learn(batch.filter((_, at) => accepted[at] === true));
      return;
    }
    await platform.finish();
    accepted = await Promise.all(pending);
    this.#learn(batch.filter((_, at) => accepted[at] === true));
    this.#database.heal();
    if (this.#below(6) === 0) {
      await platform.settle();
      const stopped = runtime.stop();
      await platform.settle();
      await stopped;
      this.#launched = await Run.#open(this.#random, this.#database, this.#launched);
    }
    await this.#launched.platform.finish();
  }

  /** A constraint is violated by what a turn did, so it fails where turns are written; the others at any commit. */
  #planFault(): void {
    const code = FAULTS[this.#below(FAULTS.length * 3)];
    const nth = 1 + this.#below(12);
    if (code === 'SQLITE_CONSTRAINT_TRIGGER') this.#database.fail('insert into troupe_turns', code, { nth });
    else if (code !== undefined) this.#database.failCommit(code, { nth, rollback: code === 'SQLITE_FULL' });
  }

  #learn(accepted: readonly Sent[]): void {
    for (const one of accepted) this.#oracle.accept(one);
  }

  #draw(): Sent {
    const what = (['put', 'note', 'work'] as const)[this.#below(3)] ?? 'put';
    // Now and then the same identity again, with the same content.
    if (this.#sent > 0 && this.#below(8) === 0) return idOf(this.#below(this.#sent));
    this.#sent += 1;
    const sent = { what, key: ['a', 'b', 'c'][this.#below(3)] ?? 'a', n: this.#below(100), id: `${this.#sent - 1}` };
    known.set(sent.id, sent);
    return sent;
  }

  /** True when it was accepted, now or before. */
  async #send({ what, key, n, id }: Sent): Promise<boolean> {
    const { runtime } = this.#launched;
    const options = { idempotencyKey: `i${id}` };
    const data = { key, n };
    try {
      if (what === 'put') await runtime.send(Put, data, options);
      else if (what === 'note') await runtime.publish(Note, data, options);
      else await runtime.send(Work, data, options);
      return true;
    } catch {
      return false;
    }
  }

  async #pause(platform: VirtualPlatform): Promise<void> {
    const { runtime } = this.#launched;
    const actor = [put, echo, note, work][this.#below(4)] ?? put;
    const paused = runtime.pause(actor).catch(() => {});
    await platform.advance(2000);
    // A commit that fails with this act alone rejects it, to be tried again.
    const resumed = runtime.resume(actor).catch(() => runtime.resume(actor));
    await platform.advance(2000);
    await Promise.all([paused, resumed]);
  }

  /** The process dies: a new one opens what was committed. */
  async #crash(): Promise<void> {
    const database = new FaultyDatabase(this.#launched.runtime.serialize());
    this.#launched = await Run.#open(this.#random, database, this.#launched);
    this.#database = database;
  }

  #read(): Ending {
    const { runtime, kernel, store } = this.#launched;
    const rows = store.database.prepare<[], { address: string; data: string }>(
      'select address, data from troupe_states',
    );
    const states = rows
      .all()
      .map(
        ({ address, data }) =>
          [address, JSON.parse(data) as { readonly list: readonly number[]; readonly total: number }] as const,
      );
    const inMemory = memory(kernel);
    for (const [address, stored] of states) expect(inMemory[address] ?? stored, address).toEqual(stored);
    const lists = states
      .filter(([, { list }]) => list.length > 0)
      .map(([address, { list }]) => [address, list] as const);
    const letters = runtime.deadLetters.list({ limit: 10_000 });
    return {
      lists: Object.fromEntries(lists),
      total: states.find(([address]) => address === 'total/default')?.[1].total ?? 0,
      deadLetters: letters
        .map(({ address, data }) => `${address.replace('/', ' ')} ${(data as { n: number }).n}`)
        .toSorted(),
    };
  }
}

let known = new Map<string, Sent>();
const idOf = (at: number): Sent => known.get(String(at)) ?? { what: 'put', key: 'a', n: 0, id: '0' };
const afterMicrotasks = async (): Promise<boolean> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  return false;
};

const SEEDS = Number(process.env['TROUPE_SEEDS'] ?? 200);
const FIRST = Number(process.env['TROUPE_SEED'] ?? 1);

describe('the runtime and the oracle', () => {
  it(
    `agree on states, order and dead letters in ${SEEDS} random runs: P2, P3, K3, K4, K12, K22`,
    { timeout: 120_000 },
    async () => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        known = new Map();
        const { found, expected } = await Run.play(seed, 12);
        expect(found, `TROUPE_SEED=${seed} TROUPE_SEEDS=1`).toEqual(expected);
      }
    },
  );
});
