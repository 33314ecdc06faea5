// Survey: how many stored instances of which state the sagas of an app would load, migrate or hold, and why.
import type { StateValue } from 'xstate';
import { isMonitorName, parseAddress } from '../runtime/message/address.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import { toDurable } from './durable-machine.ts';
import { lift, type HeldReason } from './load.ts';
import type { Saga } from './saga.ts';
import { readTree } from './stored-machine.ts';
import { upgradeRecord } from './upgrade-record.ts';

/** Running instances that stand in one state and fare alike. */
export interface StateReport {
  /** Of the code that wrote them. */
  readonly version: number;
  /** The fingerprint of the machine that wrote them; empty where it was not kept. */
  readonly print: string;
  /** The state value; null where the record cannot be read. */
  readonly state: StateValue | null;
  readonly count: number;
  /** `loads`: as they are. `migrates`: through `migrate`. `held`: they wait for other code. */
  readonly verdict: 'loads' | 'migrates' | 'held';
  /** Why they are held, as found in the first of them. */
  readonly reasons: readonly HeldReason[];
  /** Keys of the first of them, at most five. */
  readonly examples: readonly string[];
}

/** The instances of one saga. */
export interface SagaReport {
  readonly name: string;
  /** The most frequent first. */
  readonly states: readonly StateReport[];
  /** How many have ended, by their status. */
  readonly ended: Readonly<Record<string, number>>;
}

/** Instances of a saga the app does not have. */
export interface UnknownSaga {
  readonly name: string;
  readonly running: number;
  readonly ended: number;
}

/** What an app would do with the instances of a database. */
export interface Survey {
  /** Whether the app takes on every running instance. */
  readonly ok: boolean;
  readonly sagas: readonly SagaReport[];
  readonly unknown: readonly UnknownSaga[];
}

/** A stored state; `status` is null for those of actors. */
export interface StoredInstance {
  readonly address: string;
  readonly version: number;
  readonly status: string | null;
  readonly data: string;
}

type Fate = Omit<StateReport, 'count' | 'examples'>;

interface Group extends Fate {
  readonly keys: string[];
  count: number;
}

interface Tally {
  readonly groups: Map<string, Group>;
  readonly ended: Map<string, number>;
}

const EXAMPLES = 5;

/** Looks at every stored state once; actors are passed over. Unknown sagas in `dropped` may be running. */
export function survey(sagas: readonly Saga[], stored: Iterable<StoredInstance>, dropped: readonly string[]): Survey {
  const byName = new Map(sagas.map(saga => [saga.name, saga]));
  for (const saga of sagas) if (saga.options.renamedFrom !== undefined) byName.set(saga.options.renamedFrom, saga);
  const tallies = new Map<string, Tally>(sagas.map(({ name }) => [name, newTally()]));
  const unknown = new Map<string, { running: number; ended: number }>();
  for (const row of stored) {
    if (row.status === null) continue;
    const { name, key } = parseAddress(row.address);
    if (isMonitorName(name)) continue;
    const saga = byName.get(name);
    const tally = saga && tallies.get(saga.name);
    if (!tally) countUnknown(unknown, name, row.status);
    else if (row.status === 'running') add(tally.groups, key, fateOf(saga, row));
    else tally.ended.set(row.status, (tally.ended.get(row.status) ?? 0) + 1);
  }
  const reports = [...tallies].map(([name, tally]) => report(name, tally));
  const missing = [...unknown].map(([name, counts]) => ({ name, ...counts }));
  const isHeld = reports.some(({ states }) => states.some(({ verdict }) => verdict === 'held'));
  const isEnded = missing.every(({ name, running }) => running === 0 || dropped.includes(name));
  return { ok: !isHeld && isEnded, sagas: reports, unknown: missing };
}

const newTally = (): Tally => ({ groups: new Map(), ended: new Map() });

function countUnknown(unknown: Map<string, { running: number; ended: number }>, name: string, status: string): void {
  let counts = unknown.get(name);
  if (!counts) unknown.set(name, (counts = { running: 0, ended: 0 }));
  if (status === 'running') counts.running += 1;
  else counts.ended += 1;
}

function fateOf({ options }: Saga, { version, data }: StoredInstance): Fate {
  try {
    const record = upgradeRecord(fromJsonText(data));
    const { print, snapshot } = record;
    const loaded = lift({ ...options, machine: toDurable(options.machine) }, record, version);
    return {
      version,
      print,
      state: readTree(snapshot)?.value ?? null,
      verdict: loaded.ok ? (loaded.how === 'migrated' ? 'migrates' : 'loads') : 'held',
      reasons: loaded.ok ? [] : loaded.reasons,
    };
  } catch (error) {
    const problem = `The record cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const reason: HeldReason = { code: 'record-unreadable', path: '', problem, fix: 'Restore a backup.' };
    return { version, print: '', state: null, verdict: 'held', reasons: [reason] };
  }
}

/** Paths differ from instance to instance where actors are spawned: what is alike has the same codes. */
function add(groups: Map<string, Group>, key: string, fate: Fate): void {
  const { version, print, state, verdict, reasons } = fate;
  const codes = [...new Set(reasons.map(({ code }) => code))].toSorted();
  const id = JSON.stringify([version, print, state, verdict, codes]);
  let group = groups.get(id);
  if (!group) groups.set(id, (group = { ...fate, keys: [], count: 0 }));
  group.count += 1;
  if (group.keys.length < EXAMPLES) group.keys.push(key);
}

function report(name: string, { groups, ended }: Tally): SagaReport {
  const states = [...groups.values()].map(({ keys, ...group }) => ({ ...group, examples: keys }));
  return { name, states: states.toSorted((a, b) => b.count - a.count), ended: Object.fromEntries(ended) };
}
