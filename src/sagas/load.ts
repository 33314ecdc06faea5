// Load: brings a stored instance to the machine of the current code, or says why it has to wait.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { toFrozenJson, type JsonLimits } from '../runtime/message/json.ts';
import { afterMigration } from './after-migration.ts';
import { compat, compatCalls, type Incompatibility, type IncompatibilityCode } from './compat.ts';
import { fingerprint } from './fingerprint.ts';
import { ROOT } from './path.ts';
import type { Armed, Call, Failing, SagaRecord } from './record.ts';
import type { StepEffect } from './step-message.ts';
import { readTree, runningIn, type StoredMachine, type StoredTree } from './stored-machine.ts';

/** What of a saga decides how its instances are loaded. */
export interface LoadOptions {
  /** As the runtime steps it. */
  readonly machine: AnyStateMachine;
  readonly version?: number | undefined;
  readonly migrate?: Readonly<Record<number, (stored: StoredMachine) => unknown>> | undefined;
}

/** Why an instance is held: what its machine cannot do, or what its versions lack. */
export type HeldReason = Incompatibility<
  IncompatibilityCode | 'version-newer' | 'migration-missing' | 'migration-failed' | 'record-unreadable'
>;

/** An instance the current machine can go on with. */
export interface Loaded {
  readonly ok: true;
  /** `same`: nothing to do. `compatible`: only the fingerprint is new. `migrated`: through `migrate`. */
  readonly how: 'same' | 'compatible' | 'migrated';
  /** As the current machine would have written it. */
  readonly record: SagaRecord;
  /** Armed timers as they were, which the runtime has to cancel before anything else. */
  readonly disarmed: readonly Armed[];
  /** Armed timers under other ids, which the runtime has to arm again for when they are due. */
  readonly rearmed: readonly Armed[];
  /** What the next turn has to carry out first, in order. */
  readonly effects: readonly StepEffect[];
}

/** An instance that waits for other code. */
export interface Held {
  readonly ok: false;
  readonly reasons: readonly HeldReason[];
}

/** The parts of a record that a migration changes. */
interface Moved extends Pick<SagaRecord, 'seq' | 'snapshot' | 'armed' | 'calls'> {
  readonly effects: readonly StepEffect[];
}

const LIMITS: JsonLimits = { bytes: 1_048_576, depth: 64, keys: 100_000 };

/**
 * Loads one instance that code of a version wrote: as it is, after a comparison where only the fingerprint differs, or
 * through `migrate` where the version does. The machine of an instance that is ending takes no more steps and is not
 * compared. Pure but for what the saga's own `migrate` and input functions do.
 */
export function lift(saga: LoadOptions, record: SagaRecord, from: number): Loaded | Held {
  const { machine, version = 1 } = saga;
  const print = fingerprint(machine);
  if (from === version && record.print === print) {
    return { ok: true, how: 'same', record, disarmed: [], rearmed: [], effects: [] };
  }
  const refusal = refuse(saga, record, from);
  if (refusal) return { ok: false, reasons: [refusal] };
  let moved: Moved;
  try {
    moved = move(saga, record, from);
  } catch (error) {
    // One that has ended only needs its steps, to undo them.
    if (isEnding(record)) return keep(machine, record, print);
    const problem = `The migration from version ${from} failed: ${messageOf(error)}`;
    return { ok: false, reasons: [{ code: 'migration-failed', path: ROOT, problem, fix: 'Correct it.' }] };
  }
  const reasons = compare(machine, record, moved);
  if (reasons.length > 0) return { ok: false, reasons };
  const { effects, ...changed } = moved;
  return {
    ok: true,
    how: from === version ? 'compatible' : 'migrated',
    record: Object.freeze({ ...record, ...changed, print, failing: liftFailing(saga, record, from) }),
    ...timersOf(record.armed, changed.armed),
    effects,
  };
}

function keep(machine: AnyStateMachine, record: SagaRecord, print: string): Loaded | Held {
  const reasons = compatCalls(machine, record.calls);
  if (reasons.length > 0) return { ok: false, reasons };
  return {
    ok: true,
    how: 'compatible',
    record: Object.freeze({ ...record, print }),
    disarmed: [],
    rearmed: [],
    effects: [],
  };
}

/** The error of an instance that is held. */
export function heldError(saga: string, { reasons }: Held): TroupeError {
  const all = reasons.map(({ path, problem, fix }) => `${path === ROOT ? '' : `${path}: `}${problem}. ${fix}`);
  return new TroupeError('saga-held', `A stored instance of saga ${saga} does not fit its machine. ${all.join(' ')}`);
}

function refuse(saga: LoadOptions, record: SagaRecord, from: number): HeldReason | undefined {
  const { version = 1, migrate = {} } = saga;
  if (from > version) {
    const problem = `The instance was written by version ${from}, and the code has ${version}`;
    return { code: 'version-newer', path: ROOT, problem, fix: 'Deploy the newer code.' };
  }
  const missing = versions(from, version).find(one => typeof migrate[one] !== 'function');
  if (missing === undefined || isEnding(record)) return undefined;
  const problem = `Nothing leads from version ${missing} of the machine to version ${missing + 1}`;
  return { code: 'migration-missing', path: ROOT, problem, fix: `Add migrate: { ${missing}: migration(…) }.` };
}

const versions = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, n) => from + n);

/** The machine of an instance that is ending takes no more steps. */
const isEnding = ({ ending }: SagaRecord): boolean => ending !== null;

function move({ machine, version = 1, migrate = {} }: LoadOptions, record: SagaRecord, from: number): Moved {
  const { seq, snapshot, armed, calls } = record;
  const before = readTree(snapshot);
  if (from === version || !before) return { seq, snapshot, armed, calls, effects: [] };
  const first: StoredMachine = { ...before, armed, calls, wants: [] };
  const after = versions(from, version).reduce((stored, one) => runStep(migrate[one], stored), first);
  const revived = afterMigration(machine, isEnding(record) ? { ...after, wants: [] } : after, seq);
  return {
    seq: revived.seq,
    snapshot: toFrozenJson(revived.tree, 'snapshot', LIMITS),
    armed: toFrozenJson(after.armed, 'armed', LIMITS) as unknown as readonly Armed[],
    calls: calls.map(call => renamedCall(call, after.calls)),
    effects: [...stops(before, revived.tree), ...revived.effects],
  };
}

function runStep(change: ((stored: StoredMachine) => unknown) | undefined, stored: StoredMachine): StoredMachine {
  if (!change) return stored;
  const changed = change(stored);
  if (typeof changed === 'object' && changed !== null) return { ...stored, ...changed };
  throw new TroupeError('saga-held', 'It returned no stored machine. Return what it was given, with its changes.');
}

/** A migration says where a step is now; what became of it stays as it was. */
function renamedCall(call: Call, calls: StoredMachine['calls']): Call {
  const { path, src } = calls.find(({ n }) => n === call.n) ?? call;
  return path === call.path && src === call.src ? call : Object.freeze({ ...call, path, src });
}

/** The steps whose actors a migration has removed. */
function stops(before: StoredTree, after: StoredTree): readonly StepEffect[] {
  const running = new Set(runningIn(after).map(({ token }) => token));
  return runningIn(before)
    .filter(({ token }) => !running.has(token))
    .map(({ path, token }) => ({ kind: 'stop', path, token }));
}

function compare(machine: AnyStateMachine, record: SagaRecord, moved: Moved): readonly Incompatibility[] {
  const isSettled = isEnding(record) && moved.calls.every(({ status }) => status !== 'sent');
  const ofCalls = isSettled ? [] : compatCalls(machine, moved.calls);
  if (isEnding(record)) return ofCalls;
  const arming = moved.effects.flatMap(effect => (effect.kind === 'arm' ? toArmed(effect) : []));
  return [...compat(machine, moved.snapshot, [...moved.armed, ...arming]), ...ofCalls];
}

function toArmed({ source, target, id, event }: Extract<StepEffect, { kind: 'arm' }>): Armed {
  return { token: '', source, target, id, due: 0, event: { type: event.type } };
}

/** Where a failed step would be driven again from; given up where that does not fit the machine any more. */
function liftFailing(saga: LoadOptions, record: SagaRecord, from: number): Failing | null {
  const { failing } = record;
  if (!failing) return null;
  const then = { ...record, ...failing, ending: null };
  try {
    const { snapshot, armed, effects } = move(saga, then, from);
    const isWhole = effects.length === 0 && compat(saga.machine, snapshot, armed).length === 0;
    return isWhole ? Object.freeze({ ...failing, snapshot, armed }) : null;
  } catch {
    return null;
  }
}

/** A timer of the runtime has the id of an armed one in its name. One whose due time is unknown stays as it is. */
function timersOf(before: readonly Armed[], after: readonly Armed[]): Pick<Loaded, 'disarmed' | 'rearmed'> {
  const now = new Map(after.map(armed => [armed.token, armed]));
  const changed = before.filter(({ token, id, due }) => {
    const armed = now.get(token);
    return !armed || (armed.id !== id && due > 0);
  });
  return { disarmed: changed, rearmed: changed.flatMap(({ token }) => now.get(token) ?? []) };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
