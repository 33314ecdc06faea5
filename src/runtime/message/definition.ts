// Checks what defineEvent and defineCommand were given, so that a wrong contract fails when its module is loaded.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TroupeError } from '../errors.ts';
import type { Contract, Upcaster } from './contract.ts';
import { toMs, type Duration } from './duration.ts';

type Kind = 'event' | 'command';

/** What a contract carries at run time. */
export type ContractParts = Omit<Contract, '~types'>;

const segmentForm = /^[A-Za-z0-9_-]{1,64}$/;
const reservedFirst: ReadonlySet<string> = new Set(['xstate', 'troupe', '__proto__', 'constructor', 'prototype']);
const commonOptions: readonly string[] = ['data', 'key', 'version', 'upcast', 'sensitive', 'owner', 'keep'];
const optionsOf = { event: commonOptions, command: [...commonOptions, 'reply'] } as const;

/**
 * Checks a definition and fills in its defaults.
 *
 * @throws TroupeError `invalid-definition`, `reserved-type`, `async-schema`
 */
export function checkDefinition(kind: Kind, type: unknown, options: unknown): ContractParts {
  const name = checkType(kind, type);
  const first = name.split('.', 1)[0] ?? '';
  if (reservedFirst.has(first)) {
    const problem = `The ${kind} '${name}' starts with '${first}', which is reserved. Choose another name.`;
    throw new TroupeError('reserved-type', problem);
  }
  return checkReserved(kind, name, options);
}

/** The same for the library's own contracts, whose types start with `troupe.`. */
export function checkReserved(kind: Kind, type: string, options: unknown): ContractParts {
  const name = checkType(kind, type);
  if (!isRecord(options)) throw refuse(name, 'has no options', 'Give it { data: schema }.');
  checkNames(name, kind, options);
  const key = options['key'];
  if (key !== undefined && typeof key !== 'function') {
    throw refuse(name, 'has a key that is no function', 'Write key: data => data.orderId.');
  }
  const version = checkVersion(name, options['version']);
  return {
    type: name,
    kind,
    version,
    schema: checkSchema(name, 'data', options['data']),
    reply: options['reply'] === undefined ? undefined : checkSchema(name, 'reply', options['reply']),
    upcast: checkChain(name, version, options['upcast']),
    sensitive: checkSensitive(name, options['sensitive']),
    owner: checkOwner(name, options['owner']),
    keep: checkKeep(name, options['keep']),
    key: (key as ((data: unknown) => string) | undefined) ?? defaultKey,
  };
}

/** Splits a type into its segments, or says what is wrong with it. */
export function splitType(type: string): readonly string[] | string {
  const segments = type.split('.');
  if (segments.length > 16) return `has ${segments.length} segments, more than 16`;
  const wrong = segments.find(segment => !segmentForm.test(segment));
  return wrong === undefined ? segments : `has the segment '${wrong.slice(0, 80)}'`;
}

function checkNames(name: string, kind: Kind, options: object): void {
  const names: readonly string[] = optionsOf[kind];
  const unknown = Object.keys(options).find(option => !names.includes(option));
  if (unknown === undefined) return;
  const remedy = unknown === 'reply' ? 'An event has no reply; use defineCommand.' : `Use ${names.join(', ')}.`;
  throw refuse(name, `has an unknown option '${unknown}'`, remedy);
}

function checkType(kind: Kind, type: unknown): string {
  if (typeof type !== 'string') throw refuse(`The ${kind}`, `has a type that is a ${typeof type}`, typeRule);
  const problem = splitType(type);
  if (typeof problem === 'string') throw refuse(`The ${kind} '${type.slice(0, 100)}'`, problem, typeRule);
  return type;
}

const typeRule = "A type is 1 to 16 segments of letters, digits, '_' and '-', joined by dots, like 'order.placed'.";

function checkVersion(name: string, version: unknown): number {
  if (version === undefined) return 1;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version >= 1) return version;
  throw refuse(name, 'has a wrong version', 'A version is an integer from 1.');
}

function checkChain(name: string, version: number, upcast: unknown): Readonly<Record<number, Upcaster>> {
  if (upcast === undefined) return Object.freeze({});
  if (!isRecord(upcast)) throw refuse(name, 'has an upcast that is no object', 'Write upcast: { 1: old => … }.');
  const steps = Object.keys(upcast).map(Number);
  const first = Math.min(version, ...steps);
  for (const step of steps) {
    if (Number.isSafeInteger(step) && step >= 1 && step < version && typeof upcast[step] === 'function') continue;
    throw refuse(
      name,
      'has a wrong upcast step',
      `Steps are functions, by the version they start from: 1 to ${version - 1}.`,
    );
  }
  for (let step = first; step < version; step++) {
    if (upcast[step] === undefined) {
      throw refuse(name, `has no upcast step from version ${step}`, `Add upcast: { ${step}: old => … }.`);
    }
  }
  return Object.freeze({ ...upcast }) as Readonly<Record<number, Upcaster>>;
}

function checkSchema(name: string, option: string, schema: unknown): StandardSchemaV1 {
  const standard =
    (isRecord(schema) || typeof schema === 'function') && (schema as Partial<StandardSchemaV1>)['~standard'];
  if (!isRecord(standard) || typeof standard['validate'] !== 'function') {
    throw refuse(name, `has no schema in '${option}'`, 'Use a Standard Schema: zod, valibot, arktype …');
  }
  if (isAsync(schema as StandardSchemaV1)) {
    throw new TroupeError(
      'async-schema',
      `${name} has an asynchronous schema in '${option}'. Check asynchronously in a task instead.`,
    );
  }
  return schema as StandardSchemaV1;
}

/** Finds only schemas that are asynchronous whatever they get; the others are caught when they answer. */
function isAsync(schema: StandardSchemaV1): boolean {
  try {
    const result: unknown = schema['~standard'].validate(undefined);
    if (!(result instanceof Promise)) return false;
    result.catch(() => {});
    return true;
  } catch {
    return false;
  }
}

function checkKeep(name: string, keep: unknown): Duration | undefined {
  if (keep !== undefined) toMs(keep as Duration, `keep of ${name}`);
  return keep as Duration | undefined;
}

function checkSensitive(name: string, paths: unknown): readonly string[] {
  if (paths === undefined) return Object.freeze([]);
  if (Array.isArray(paths) && paths.every(path => typeof path === 'string' && path !== '')) {
    return Object.freeze([...(paths as string[])]);
  }
  throw refuse(name, 'has a sensitive that is no list of paths', "Write sensitive: ['customer.email'].");
}

function checkOwner(name: string, owner: unknown): string | undefined {
  if (owner === undefined || (typeof owner === 'string' && owner !== '')) return owner;
  throw refuse(name, 'has an owner that is no text', 'Write the team or person to turn to.');
}

function defaultKey(): string {
  return 'default';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function refuse(name: string, problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${name} ${problem}. ${remedy}`);
}
