// lockContracts: what the messages of an app look like, as data that is committed beside the code and reviewed with it.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { ownContractsOf, type ContractParts } from './contracts-of.ts';
import { assertApp } from './definitions.ts';
import { isNode, type JsonSchema } from './json-schema.ts';
import { isEqualJson, opened, sidesOf, type Sides } from './standard-json-schema.ts';

/** Schemas of one side of a contract; null where the schema library offers no JSON Schema. */
export interface LockedRevision {
  readonly version: number;
  /** What is stored, as JSON Schema. */
  readonly data: JsonSchema | null;
  /** What is read, where it is another than `data` with every object open to unknown properties. */
  readonly reads?: JsonSchema;
  /** The reply of a command; absent without one. */
  readonly reply?: JsonSchema | null;
  /** The same as `reads`, of the reply. */
  readonly replyReads?: JsonSchema;
}

/** One contract as it was when the lock was written. */
export interface LockedContract extends LockedRevision {
  readonly kind: 'event' | 'command';
  /** The versions that there is an upcast step from. */
  readonly upcast: readonly number[];
  readonly sensitive: readonly string[];
  /** Every other schema it had, the oldest first. */
  readonly history: readonly LockedRevision[];
  /** Present where the app no longer has it: its messages may still be stored. */
  readonly removed?: true;
}

/** The contents of `contracts.lock.json`. */
export interface ContractLock {
  /** The format of this file. */
  readonly format: 1;
  /** By type, sorted. */
  readonly contracts: Readonly<Record<string, LockedContract>>;
}

/**
 * Describes the contracts of an app as plain JSON: sorted, and the same for the same contracts. With the previous lock
 * it keeps the history: earlier schemas, and contracts that were removed.
 *
 * @example
 * ```ts
 * writeFileSync('contracts.lock.json', `${JSON.stringify(lockContracts(app), null, 2)}\n`);
 * ```
 *
 * @throws TroupeError `invalid-options`, `duplicate-name`
 */
export function lockContracts(app: ContractParts, previous?: ContractLock): ContractLock {
  assertApp('lockContracts', app);
  const before = previous === undefined ? {} : checkLock(previous).contracts;
  const now = [...ownContractsOf(app)].map(([type, contract]): [string, LockedContract] => [
    type,
    lockOne(contract, Object.hasOwn(before, type) ? before[type] : undefined),
  ]);
  const types = new Set(now.map(([type]) => type));
  const gone = Object.entries(before)
    .filter(([type]) => !types.has(type))
    .map(([type, contract]): [string, LockedContract] => [type, { ...contract, removed: true }]);
  const contracts = Object.fromEntries([...now, ...gone].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { format: 1, contracts };
}

/**
 * Checks that data is a lock, as far as the code relies on it.
 *
 * @throws TroupeError `invalid-options`
 */
export function checkLock(lock: unknown): ContractLock {
  const contracts = isNode(lock) && lock['format'] === 1 ? lock['contracts'] : undefined;
  if (isNode(contracts) && Object.values(contracts).every(isLocked)) return lock as ContractLock;
  throw new TroupeError(
    'invalid-options',
    'The contract lock is not what lockContracts of this version of troupe returned. Restore the file, or lock anew.',
  );
}

function isLocked(contract: unknown): boolean {
  if (!isNode(contract) || !isRevision(contract)) return false;
  const { upcast, sensitive, history } = contract;
  return Array.isArray(upcast) && Array.isArray(sensitive) && Array.isArray(history) && history.every(isRevision);
}

const isRevision = (one: unknown): boolean => isNode(one) && typeof one['version'] === 'number' && 'data' in one;

function lockOne(contract: AnyContract, previous: LockedContract | undefined): LockedContract {
  const { kind, upcast, sensitive } = contract;
  const revision = revisionOf(contract);
  const isNew = previous !== undefined && !isEqualJson(toRevision(previous), revision);
  const history = isNew ? [...previous.history, toRevision(previous)] : (previous?.history ?? []);
  return {
    kind,
    ...revision,
    upcast: stepsOf(upcast),
    sensitive: sensitive.toSorted(),
    history: history.filter((one, index) => !history.slice(0, index).some(other => isEqualJson(one, other))),
  };
}

export const stepsOf = (upcast: AnyContract['upcast']): readonly number[] =>
  Object.keys(upcast)
    .map(Number)
    .toSorted((a, b) => a - b);

function revisionOf({ version, schema, reply }: AnyContract): LockedRevision {
  const data = sidesOf(schema);
  const answer = reply && sidesOf(reply);
  return {
    version,
    data: data?.written ?? null,
    ...(data && differs(data) ? { reads: data.read } : {}),
    ...(reply ? { reply: answer?.written ?? null } : {}),
    ...(answer && differs(answer) ? { replyReads: answer.read } : {}),
  };
}

const differs = ({ written, read }: Sides): boolean => !isEqualJson(opened(written), read);

function toRevision({ version, data, reads, reply, replyReads }: LockedRevision): LockedRevision {
  return {
    version,
    data,
    ...(reads === undefined ? {} : { reads }),
    ...(reply === undefined ? {} : { reply }),
    ...(replyReads === undefined ? {} : { replyReads }),
  };
}
