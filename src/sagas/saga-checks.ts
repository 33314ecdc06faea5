// Checks what defineSaga was given: options, policies, contracts and actions; a wrong saga fails when it is loaded.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { checkContractLists } from '../runtime/message/contract-list.ts';
import { checkWaivers, type Waiver } from '../runtime/message/waiver.ts';
import { actionNames } from './program.ts';
import type { SagaSettings } from './saga.ts';

const OPTIONS = [
  'machine',
  'version',
  'publishes',
  'migrate',
  'invariant',
  'orchestrates',
  'inTransaction',
  'sql',
  'unknown',
  'late',
  'unhandled',
  'renamedFrom',
  'allow',
];

const POLICIES = {
  unknown: ['wait', 'deadLetter', 'ignore', 'start'],
  late: ['record', 'deadLetter', 'ignore'],
  unhandled: ['ignore', 'stash', 'deadLetter'],
} as const;

/** Before the machine is looked at. */
export function checkOptions(name: string, options: object): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  const unknown = Object.keys(given).find(option => !OPTIONS.includes(option));
  if (unknown !== undefined) {
    throw refuse(`The saga ${name} has an unknown option '${unknown}'`, `Use ${OPTIONS.join(', ')}.`);
  }
  for (const [option, allowed] of Object.entries(POLICIES)) {
    const value = given[option];
    if (value === undefined || (allowed as readonly unknown[]).includes(value)) continue;
    throw refuse(`The saga ${name} has no policy ${option}: ${JSON.stringify(value)}`, `Use ${allowed.join(', ')}.`);
  }
  const version = given['version'] ?? 1;
  if (!Number.isInteger(version) || Number(version) < 1) {
    throw refuse(`The saga ${name} has the version ${JSON.stringify(version)}`, 'Use a whole number from 1.');
  }
  checkContractLists(`The saga ${name}`, options);
  checkClaims(name, given['orchestrates']);
  checkWaivers(`The saga ${name}`, given['allow'] as readonly Waiver[] | undefined);
}

/** What it orchestrates: commands, or commands with a function that tells their key. */
function checkClaims(name: string, orchestrates: unknown = []): void {
  const remedy = 'Use [Command], or [{ command: Command, key: data => … }].';
  if (!Array.isArray(orchestrates)) throw refuse(`The saga ${name}: orchestrates is not a list`, remedy);
  for (const [at, entry] of orchestrates.entries()) {
    const { command, key } = claimedOf(entry);
    if (!isCommand(command)) throw refuse(`The saga ${name}: orchestrates[${at}] is not a command`, remedy);
    if (key === undefined && entry === command) continue;
    if (typeof key !== 'function') throw refuse(`The saga ${name}: orchestrates[${at}] has no key function`, remedy);
  }
}

/** A contract is a function; with a key of its own it comes in an object. */
function claimedOf(entry: unknown): { readonly command: unknown; readonly key?: unknown } {
  if (typeof entry !== 'object' || entry === null) return { command: entry };
  return { command: 'command' in entry ? entry.command : undefined, key: 'key' in entry ? entry.key : undefined };
}

const isCommand = (given: unknown): boolean =>
  typeof given === 'function' && 'schema' in given && 'kind' in given && given.kind === 'command';

/** A name that no machine has would leave its action to run after the commit, without a word. */
export function checkTransactionActions(name: string, { machine, inTransaction = {}, sql }: SagaSettings): void {
  const known = actionNames(machine);
  const unknown = Object.keys(inTransaction).find(action => !known.includes(action));
  if (unknown !== undefined) {
    throw refuse(
      `The saga ${name} runs the action '${unknown}' in the transaction, but its machine has none of that name`,
      known.length === 0 ? 'Add it to setup({ actions }).' : `Its named actions are ${known.join(', ')}.`,
    );
  }
  if (sql !== undefined && Object.keys(inTransaction).length === 0) {
    throw refuse(`The saga ${name} declares sql, but no action uses it`, 'Name one in inTransaction.');
  }
}

/** A filter that is misspelt would let everything through. */
export function checkBinding(what: string, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    if (!['correlate', 'where'].includes(option)) {
      throw refuse(`${what} has an unknown option '${option}'`, 'Use correlate, where.');
    }
    if (value !== undefined && typeof value !== 'function') {
      throw refuse(`${what}: ${option} is no function`, `Write ${option}: data => ….`);
    }
  }
}

export function checkContract(name: string, contract: AnyContract): void {
  const given: unknown = contract;
  if (typeof given === 'function' && 'schema' in given) return;
  throw refuse(`A binding of ${name} is not for a contract`, 'Pass what defineEvent returned.');
}

export function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. ${remedy}`);
}
