// npm run styles: real orders of Northwind through the three styles, and what an order takes in each, side by side.
//
//   npm run styles                    all orders, on temporary files
//   npm run styles -- --orders 100    the first of them only
//   npm run styles -- --rounds 5      more rounds, of which the medians are taken (default 3)
//   npm run styles -- --json          one object
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { App } from 'troupe';
import { measureCommit } from '../../bench/bare.ts';
import { median } from '../../bench/measure.ts';
import { environmentOf, table, whole, type Environment } from '../../bench/report.ts';
import { choreographed } from './choreographed.ts';
import { hybrid } from './hybrid.ts';
import { measureStyle, type Figures, type Workload } from './measure.ts';
import { orchestrated } from './orchestrated.ts';
import { readOrders } from './orders.ts';
import type { World } from './world.ts';

const STYLES: Readonly<Record<Style, (world: World) => App>> = { choreographed, hybrid, orchestrated };
type Style = 'choreographed' | 'hybrid' | 'orchestrated';
const NAMES: readonly Style[] = ['choreographed', 'hybrid', 'orchestrated'];

const IN_FLIGHT = 100;
const MOST_ALONE = 60;
const WARM_UP = 100;
const COMMITS = 100;
/** After this no other round begins: a busy machine gets fewer of them, and the table says how many. */
const MOST_MS = 12_000;

const ROWS: readonly { readonly name: string; readonly figure: keyof Figures; readonly digits: number }[] = [
  { name: 'hops from the order to its outcome', figure: 'hops', digits: 0 },
  { name: 'hops to the last message', figure: 'longest', digits: 0 },
  { name: 'messages between services', figure: 'messages', digits: 0 },
  { name: 'turns of an order', figure: 'turns', digits: 0 },
  { name: 'commits of an order that comes alone', figure: 'commits', digits: 1 },
  { name: 'p50 ms from order to outcome, alone', figure: 'p50Ms', digits: 2 },
  { name: 'p95 ms', figure: 'p95Ms', digits: 2 },
  { name: `orders per second, ${IN_FLIGHT} in flight`, figure: 'perSecond', digits: 0 },
];

interface Report {
  readonly command: string;
  readonly orders: number;
  readonly shipped: number;
  readonly alone: number;
  readonly styles: Readonly<Record<Style, Figures>>;
  readonly environment: Environment;
}

const { values: options } = parseArgs({
  options: {
    orders: { type: 'string', default: '830' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = toCount('--rounds', options.rounds);
const orders = readOrders().slice(0, toCount('--orders', options.orders));
const workload: Workload = {
  orders,
  alone: Math.min(orders.length, MOST_ALONE),
  inFlight: IN_FLIGHT,
  warmUp: Math.min(orders.length, WARM_UP),
};

const runs: Record<Style, Figures[]> = { choreographed: [], hybrid: [], orchestrated: [] };
const until = performance.now() + MOST_MS;
for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round++) {
  // Every round begins elsewhere, so that no style is always the one before or after another.
  for (const at of NAMES.keys()) {
    const name = NAMES[(at + round) % NAMES.length] ?? 'hybrid';
    runs[name].push(await measureStyle(STYLES[name], workload));
  }
}
const report: Report = {
  command: ['npm run styles', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  orders: orders.length,
  shipped: medianOf(runs.choreographed).shipped,
  alone: workload.alone,
  styles: {
    choreographed: medianOf(runs.choreographed),
    hybrid: medianOf(runs.hybrid),
    orchestrated: medianOf(runs.orchestrated),
  },
  environment: environmentOf({ rounds: runs.hybrid.length, commitP50Ms: measureCommits() }),
};
process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : toText(report));

function toCount(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`styles: ${option} takes a whole number from 1, and not '${text}'.`);
}

function medianOf(figures: readonly Figures[]): Figures {
  const of = (figure: Exclude<keyof Figures, 'durability'>): number => median(figures.map(one => one[figure]));
  return {
    hops: of('hops'),
    longest: of('longest'),
    messages: of('messages'),
    turns: of('turns'),
    commits: of('commits'),
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    perSecond: of('perSecond'),
    shipped: of('shipped'),
    durability: figures[0]?.durability ?? '',
  };
}

/** What one row flushed to this disk takes. */
function measureCommits(): number {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-styles-'));
  try {
    return measureCommit(join(folder, 'commit.db'), COMMITS).p50Ms;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toText({ command, orders, shipped, alone, styles, environment }: Report): string {
  const { node, betterSqlite3, sqlite, durability, platform, cores, commitP50Ms } = environment;
  const rows = ROWS.map(({ name, figure, digits }) => {
    const of = (style: Style): number => Number(styles[style][figure]);
    const show = (style: Style): string => (digits === 0 ? whole(of(style)) : of(style).toFixed(digits));
    const ratio = (style: Style): string => `x ${(of(style) / of('choreographed')).toFixed(2)}`;
    return [
      name,
      show('choreographed'),
      ...(['hybrid', 'orchestrated'] as const).flatMap(one => [show(one), ratio(one)]),
    ];
  });
  return `${command}

${table(['', 'choreographed', 'hybrid', '', 'orchestrated', ''], rows)}

${whole(orders)} orders of Northwind, ${whole(shipped)} of them shipped, the others declined or without a postal code; hops,
messages and turns are those of an order that is shipped. ${whole(alone)} orders one at a time, then all with ${IN_FLIGHT} in flight.
x: times choreographed. An outcome counts when it is durable: ${durability}, durability '${styles.hybrid.durability}'.
one fsynced commit of one row: p50 ${commitP50Ms.toFixed(3)} ms; medians of rounds: ${environment.rounds}, a database file each
Node.js ${node}, better-sqlite3 ${betterSqlite3}, SQLite ${sqlite}, ${platform}, ${cores} cores
`;
}
