// Checks data, replies and keys against their contract, once, where a message enters.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { TroupeError } from '../errors.ts';
import { checkKey } from './address.ts';
import { formatPath } from './json-report.ts';
import { toFrozenJson, type Json } from './json.ts';

/** What a check reads from a contract. */
export interface Checked {
  readonly type: string;
  readonly kind: 'event' | 'command';
  readonly schema: StandardSchemaV1;
  readonly reply: StandardSchemaV1 | undefined;
}

/** What `keyOf` reads from a contract. */
export interface Keyed {
  readonly type: string;
  key(data: unknown): string;
}

/**
 * Validates data by the contract's schema and returns the schema's output as frozen JSON.
 *
 * @throws TroupeError `invalid-message`, `not-json`, `too-large`, `async-schema`
 */
export function checkData(contract: Checked, input: unknown): Json {
  return toFrozenJson(validate(contract, 'data', input), 'data');
}

/**
 * Validates a reply by the command's reply schema; `undefined` where the contract has none.
 *
 * @throws TroupeError `invalid-message`, `not-json`, `too-large`, `async-schema`
 */
export function checkReply(contract: Checked, reply: unknown): Json | undefined {
  if (contract.reply === undefined) {
    if (reply === undefined || contract.kind === 'event') return undefined;
    throw new TroupeError(
      'invalid-message',
      `A handler of ${contract.type} returned a reply, but it declares none. Declare reply or return nothing.`,
    );
  }
  const output = validate(contract, 'reply', reply);
  return output === undefined ? undefined : toFrozenJson(output, 'reply');
}

/**
 * Tells which instance the data concerns.
 *
 * @throws TroupeError `invalid-message`
 */
export function keyOf(contract: Keyed, data: unknown): string {
  let key: unknown;
  try {
    key = contract.key(data);
  } catch (cause) {
    throw new TroupeError(
      'invalid-message',
      `The key function of ${contract.type} threw. Make it accept all valid data.`,
      { cause },
    );
  }
  return checkKey(key, `The key of ${contract.type}`);
}

/**
 * Checks in development that the schema accepts checked data and leaves it as it is: data is validated again after an
 * upcast, and a schema that changes its own output would then change it twice (K6).
 *
 * @throws TroupeError `invalid-message`
 */
export function acceptsOwnOutput(contract: Checked, data: Json): void {
  let problem = 'changes';
  try {
    if (JSON.stringify(checkData(contract, data)) === JSON.stringify(data)) return;
  } catch (error) {
    problem = `refuses (${error instanceof Error ? error.message : 'it threw'})`;
  }
  throw new TroupeError(
    'invalid-message',
    `The schema of ${contract.type} ${problem} its own output. Move the transformation out of the contract.`,
  );
}

function validate(contract: Checked, what: 'data' | 'reply', input: unknown): unknown {
  const { type } = contract;
  const schema = what === 'data' ? contract.schema : (contract.reply ?? contract.schema);
  let result: ReturnType<StandardSchemaV1['~standard']['validate']>;
  try {
    result = schema['~standard'].validate(input);
  } catch (cause) {
    throw new TroupeError(
      'invalid-message',
      `The schema of ${type} threw on its ${what}. Make it report issues instead.`,
      { cause },
    );
  }
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TroupeError(
      'async-schema',
      `The schema of ${type} (${what}) is asynchronous. Check asynchronously in a task instead.`,
    );
  }
  if (result.issues === undefined) return result.value;
  throw new TroupeError('invalid-message', `${type} is not valid: ${formatIssues(what, result.issues)}`);
}

const shownIssues = 5;

function formatIssues(what: string, issues: readonly StandardSchemaV1.Issue[]): string {
  const lines = issues.slice(0, shownIssues).map(({ path = [], message }) => {
    const keys = path.map(segment => (typeof segment === 'object' ? segment.key : segment));
    return `${formatPath(what, keys)}: ${withoutValue(message)}`;
  });
  if (issues.length > shownIssues) lines.push(`and ${issues.length - shownIssues} more`);
  return lines.join('; ');
}

/** Messages end up in logs, and some schema libraries quote the value: `… (was "x")`, `… but received "x"`. */
function withoutValue(message: string): string {
  const cut = Math.min(...[' (was ', ' but received '].map(mark => message.indexOf(mark)).filter(at => at >= 0), 300);
  return message.slice(0, cut);
}
