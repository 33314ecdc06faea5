// The crash explorer: stops a scenario after every commit, goes on from each image, and compares the end with that of a run
// without crashes (PROMISES H2).
import type { App, AppOptions, Runtime } from '../../src/index.ts';
import { findImbalances } from '../../src/testing/balance.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { VirtualPlatform } from '../support/virtual-platform.ts';

/** What of a scenario is new for every run. */
export interface Play {
  readonly app: App | AppOptions;
  /** What tasks did to the outside: a label and the effect key. The same label always has the same key. */
  readonly effects?: (readonly [label: string, key: string])[];
}

export interface Scenario {
  readonly name: string;
  /** The database it starts from; default: none. */
  readonly prepare?: () => Promise<Uint8Array>;
  readonly play: () => Play;
  /** What clients do. They do it again after a crash, so every act has an idempotency key or looks at the state first. */
  readonly act: (runtime: Runtime, launched: Launched) => Promise<unknown>;
  /** Tables of the application that take part in the comparison. */
  readonly ownTables?: readonly string[];
}

interface Crash {
  readonly image: Uint8Array;
  readonly flight: ReturnType<Launched['kernel']['flight']['read']>;
  readonly startMs: number;
  readonly effects: number;
}

interface Ended {
  readonly end: Record<string, unknown>;
  readonly crashes: readonly Crash[];
  readonly effects: readonly (readonly [label: string, key: string])[];
}

/** Clients that wait longer than this wait for ever. */
const MOST_ROUNDS = 100;

/** Ids differ from run to run: each open of a database has an incarnation of its own. */
const ID = /\b[0-9a-f]{16}-\d+\b/g;

/** Rows without positions and times: what must not depend on crashes. */
const FINAL: Readonly<Record<string, string>> = {
  states: 'select address, data, status from troupe_states',
  open: `select m.type, d.subscription, d.key, d.status from troupe_deliveries d join troupe_messages m on m.position = d.message`,
  messages: 'select type, kind, key, data from troupe_messages',
  applied: `select m.type, m.key, m.data, t.subscription, t.attempt, t.outcome from troupe_turns t
    join troupe_messages m on m.position = t.message`,
  deadLetters: `select m.type, l.name, l.key, l.reason, l.attempts, l.crashes from troupe_dead_letters l
    join troupe_messages m on m.position = l.message`,
  timers: "select name, key, fired, name <> '' and timer as timer from troupe_timers",
  tasks: 'select m.type, t.key, t.attempt from troupe_tasks t join troupe_messages m on m.position = t.message',
  idempotency: `select i.outcome, i.reply, case when instr(i.key, '/') then '' else i.key end as key from troupe_idempotency i`,
  holds: 'select name, key, handler, reason from troupe_holds',
  effects: 'select effect, key, state, address, reply from troupe_effects',
  cursors: 'select name, handler, cursor from troupe_subscriptions',
};

async function run(scenario: Scenario, from?: Crash, image?: Uint8Array): Promise<Ended> {
  const { app, effects = [] } = scenario.play();
  const database = from?.image ?? image;
  const platform = new VirtualPlatform(from ? { startMs: from.startMs } : {});
  const options = { platform, turns: 1, ...(database && { database }), ...(from && { flight: from.flight }) };
  const launched = await launch(app, options);
  const { runtime, kernel, store } = launched;
  const crashes: Crash[] = [];
  const commit = store.commit.bind(store);
  store.commit = batch => {
    commit(batch);
    const startMs = platform.wallMs();
    crashes.push({ image: store.serialize(), flight: kernel.flight.read(), startMs, effects: effects.length });
  };
  await finish(scenario.act(runtime, launched), platform);
  const read = (sql: string): unknown[] =>
    store.database
      .prepare(sql)
      .all()
      .map(row => JSON.stringify(row).replaceAll(ID, '<id>'))
      .toSorted();
  const own = (scenario.ownTables ?? []).map(table => [table, read(`select * from ${table}`)]);
  const end: [string, unknown][] = Object.entries(FINAL).map(([name, sql]) => [name, read(sql)]);
  // What was prepared by other code was routed by that.
  const first = scenario.prepare ? kernel.epoch.first : 1;
  end.push(['imbalances', findImbalances({ kernel, store, from: first, withheld: new Set() })]);
  return { end: Object.fromEntries([...end, ...own]) as Record<string, unknown>, crashes, effects };
}

export interface Exploration {
  /** 2: also a crash after each commit of the recovery from a crash, and so on. */
  readonly depth: number;
  /** At depth 2 and below only every so many crashes. */
  readonly every: number;
  readonly compare: (found: Ended['end'], expected: Ended['end'], at: string) => void;
}

/** Lets time pass until the clients are done and everything has come to rest. */
async function finish(acts: Promise<unknown>, platform: VirtualPlatform): Promise<void> {
  const over = acts.then(() => 'over');
  over.catch(() => {});
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await platform.finish();
    if ((await Promise.race([over, Promise.resolve('waiting')])) === 'over') {
      await platform.finish();
      return;
    }
  }
  throw new Error('the clients of this scenario wait for ever');
}

/** Returns how many crashes were explored; `compare` is given both ends of each and throws where they differ. */
export async function explore(scenario: Scenario, { depth, every, compare }: Exploration): Promise<number> {
  const base = await run(scenario, undefined, await scenario.prepare?.());
  compare({ imbalances: base.end['imbalances'] }, { imbalances: [] }, `${scenario.name}: without a crash`);
  let count = 0;
  const descend = async (parent: Ended, trail: readonly number[]): Promise<void> => {
    for (const [index, crash] of parent.crashes.entries()) {
      const at = [...trail, index + 1];
      if (trail.length > 0 && (index + trail.length + (trail[0] ?? 0)) % every !== 0) continue;
      const recovered = await run(scenario, crash);
      count += 1;
      compare(recovered.end, base.end, `${scenario.name}: crash after commit ${at.join(', then ')}`);
      const keys = new Map(parent.effects.slice(0, crash.effects));
      const repeated = recovered.effects.filter(([label]) => keys.has(label));
      for (const [label, key] of repeated) compare({ label, key }, { label, key: keys.get(label) }, at.join(', then '));
      if (at.length < depth) await descend(recovered, at);
    }
  };
  await descend(base, []);
  return count;
}
