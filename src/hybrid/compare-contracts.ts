// compareContracts: what the contracts of an app break of what a lock has promised: stored data, and earlier code.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { checkLock, stepsOf, type ContractLock, type LockedContract, type LockedRevision } from './contract-lock.ts';
import { breaks, note, toBackward, toForward, type ContractFinding, type Place } from './contract-finding.ts';
import { ownContractsOf, type ContractParts } from './contracts-of.ts';
import { assertApp } from './definitions.ts';
import { misfits } from './schema-fit.ts';
import type { Misfit } from './schema-question.ts';
import { isEqualJson, opened, sidesOf, type Sides } from './standard-json-schema.ts';

/** Who has to read what: in the words of Avro and of Confluent's schema registry. */
export interface CompareOptions {
  /**
   * `backward` (the default): this code reads data of earlier code. `forward`: earlier code reads data of this code.
   * `full`: both.
   */
  readonly mode?: 'backward' | 'forward' | 'full' | undefined;
  /** Against every locked schema (the default) or the last one only. */
  readonly transitive?: boolean | undefined;
}

/** A contract of the app beside its entry in the lock. */
interface Pair {
  readonly contract: AnyContract;
  readonly locked: LockedContract;
  readonly data: Sides | undefined;
  readonly reply: Sides | undefined;
  readonly isBackward: boolean;
  readonly isForward: boolean;
  readonly isTransitive: boolean;
}

/**
 * Compares the contracts of an app with a lock. A schema that may be read otherwise than it was written is `breaking`;
 * what cannot be judged is a `schema-unknown` that is not.
 *
 * @example
 * ```ts
 * const findings = compareContracts(lock, app, { mode: 'full' });
 * if (findings.some(({ breaking }) => breaking)) process.exitCode = 1;
 * ```
 *
 * @throws TroupeError `invalid-options`, `duplicate-name`
 */
export function compareContracts(
  lock: ContractLock,
  app: ContractParts,
  options: CompareOptions = {},
): readonly ContractFinding[] {
  assertApp('compareContracts', app);
  const { mode = 'backward', transitive = true, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TroupeError('invalid-options', `compareContracts has no option '${unknown}'. Use mode, transitive.`);
  }
  if (!['backward', 'forward', 'full'].includes(mode)) {
    throw new TroupeError('invalid-options', `compareContracts has the mode '${mode}'. Use backward, forward or full.`);
  }
  const before = new Map(Object.entries(checkLock(lock).contracts));
  const now = ownContractsOf(app);
  const types = [...new Set([...before.keys(), ...now.keys()])].toSorted();
  return types.flatMap(type => {
    const locked = before.get(type);
    const contract = now.get(type);
    if (!locked) return contract ? [added(contract)] : [];
    if (!contract) return locked.removed ? [] : [removed(type, locked, mode !== 'forward')];
    return comparePair({
      contract,
      locked,
      data: sidesOf(contract.schema),
      reply: contract.reply ? sidesOf(contract.reply) : NO_REPLY,
      isBackward: mode !== 'forward',
      isForward: mode !== 'backward',
      isTransitive: transitive,
    });
  });
}

/** Nothing is written, and whatever there is is passed over. */
const NO_REPLY: Sides = { written: { type: 'null' }, read: true, input: true };

function added({ type, version }: AnyContract): ContractFinding {
  const place: Place = { code: 'contract-added', type, version, path: '' };
  return note(place, 'It is not in the lock.', 'Update the lock.');
}

function removed(type: string, { version }: LockedContract, isBreaking: boolean): ContractFinding {
  const place: Place = { code: 'contract-removed', type, version, path: '' };
  const fix =
    'Keep its handlers until none of its messages is open: a start without them is refused. Then update the lock.';
  return { ...place, problem: 'The app no longer has it: nobody reads what is stored.', fix, breaking: isBreaking };
}

function comparePair(pair: Pair): ContractFinding[] {
  const { locked, isTransitive } = pair;
  const revisions = [locked, ...(isTransitive ? locked.history.toReversed() : [])];
  const found = [
    ...compareKind(pair),
    ...compareSteps(pair, revisions),
    ...revisions.flatMap(revision => compareRevision(pair, revision)),
  ];
  const firsts = found.filter(({ code, path, version }, index) => {
    const isSame = (other: ContractFinding): boolean =>
      other.code === code && other.path === path && (code !== 'upcaster-missing' || other.version === version);
    return found.findIndex(isSame) === index;
  });
  return [...firsts, ...compareRest(pair, firsts)];
}

function compareKind({ contract: { type, kind }, locked }: Pair): ContractFinding[] {
  if (kind === locked.kind) return [];
  const place: Place = { code: 'kind-changed', type, version: locked.version, path: '' };
  const problem = `It was ${article(locked.kind)} and is ${article(kind)}: what is stored goes to others.`;
  return [breaks(place, problem, 'Give the new message a name of its own.')];
}

const article = (kind: 'event' | 'command'): string => (kind === 'event' ? 'an event' : 'a command');

/** Whether this code has a way from every locked version, and earlier code one to this. */
function compareSteps(pair: Pair, revisions: readonly LockedRevision[]): ContractFinding[] {
  const { contract, locked, isBackward, isForward, isTransitive } = pair;
  const { type, version, upcast } = contract;
  const found: ContractFinding[] = [];
  const known = new Set([...revisions.map(one => one.version), ...(isTransitive ? locked.upcast : [])]);
  const newest = Math.max(...known);
  if (isBackward && newest > version) {
    const place: Place = { code: 'version-lowered', type, version: newest, path: '' };
    const problem = `It had version ${newest} and has ${version}: newer messages that are stored cannot be read.`;
    found.push(breaks(place, problem, `Use a version from ${newest}.`));
  }
  const steps = stepsOf(upcast);
  const missing = [...known].filter(from => from < version && !steps.includes(from)).toSorted((a, b) => a - b);
  for (const from of isBackward ? missing : []) {
    const place: Place = { code: 'upcaster-missing', type, version: from, path: '' };
    const problem = `Stored messages of version ${from} have no upcast step to version ${version}.`;
    found.push(breaks(place, problem, `Add upcast: { ${from}: old => … }.`));
  }
  if (isForward && locked.version < version) {
    const place: Place = { code: 'version-raised', type, version: locked.version, path: '' };
    const problem = `Code that knows version ${locked.version} cannot read version ${version}: there is no way back.`;
    found.push(breaks(place, problem, `Keep version ${locked.version} with a schema that both can read.`));
  }
  return found;
}

/** A change of the version is bridged by its upcast step; replies have no version, so the last locked one counts. */
function compareRevision(pair: Pair, revision: LockedRevision): ContractFinding[] {
  const { contract, locked, data, reply } = pair;
  const isSameVersion = revision.version === contract.version;
  const found: ContractFinding[] = [];
  if (isSameVersion) {
    found.push(...compareSides(pair, { revision, what: 'data', now: data, before: sidesOfLocked(revision) }));
  }
  const answers = contract.kind === 'command' && locked.kind === 'command';
  if (answers && (isSameVersion || revision === locked)) {
    found.push(...compareSides(pair, { revision, what: 'reply', now: reply, before: replyOfLocked(revision) }));
  }
  return found;
}

type LockedSides = Pick<Sides, 'written' | 'read'>;

function sidesOfLocked({ data, reads }: LockedRevision): LockedSides | undefined {
  return data === null ? undefined : { written: data, read: reads ?? opened(data) };
}

function replyOfLocked({ reply, replyReads }: LockedRevision): LockedSides | undefined {
  if (reply === undefined) return NO_REPLY;
  return reply === null ? undefined : { written: reply, read: replyReads ?? opened(reply) };
}

interface Compared {
  readonly revision: LockedRevision;
  readonly what: 'data' | 'reply';
  readonly now: Sides | undefined;
  readonly before: LockedSides | undefined;
}

function compareSides(pair: Pair, { revision, what, now, before }: Compared): ContractFinding[] {
  const { contract, isBackward, isForward } = pair;
  const place = { type: contract.type, version: revision.version };
  if (!now || !before) {
    const whose = now ? 'The locked schema' : `The schema of this ${what}`;
    const fix =
      'Use a library with Standard JSON Schema, or keep stored messages as fixtures and decode them in a test.';
    return [note({ ...place, code: 'schema-unknown', path: what }, `${whose} has no JSON Schema.`, fix)];
  }
  // What is written is read by who wrote it.
  if (isEqualJson(before.written, now.written)) return [];
  const back = isBackward ? misfits(before.written, now.read, what) : [];
  const accepted = back.length > 0 ? new Set(misfits(before.written, now.input, what).map(({ path }) => path)) : null;
  const isFilledIn = ({ path }: Misfit): boolean => what === 'data' && accepted !== null && !accepted.has(path);
  const forth = isForward ? misfits(now.written, before.read, what) : [];
  return [
    ...back.map(misfit => toBackward(misfit, { ...place, what, isFilledIn: isFilledIn(misfit) })),
    ...forth.map(misfit => toForward(misfit, { ...place, what })),
  ];
}

/** What changed without breaking anything: for the eye of a reviewer. */
function compareRest({ contract, locked, data, reply }: Pair, found: readonly ContractFinding[]): ContractFinding[] {
  const { type, sensitive } = contract;
  const { version } = locked;
  const uncovered = locked.sensitive.filter(path => !sensitive.includes(path));
  const notes = uncovered.map(path => {
    const place: Place = { code: 'sensitive-removed', type, version, path: `data.${path}` };
    return note(place, 'Logs and inspectors will show it.', 'Put it back into sensitive, or update the lock.');
  });
  const before = [sidesOfLocked(locked)?.written, replyOfLocked(locked)?.written];
  if (found.length > 0 || isEqualJson(before, [data?.written, reply?.written])) return notes;
  const place: Place = { code: 'schema-changed', type, version, path: '' };
  return [note(place, 'Its schema changed, and fits what was locked.', 'Update the lock.'), ...notes];
}
