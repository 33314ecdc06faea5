// Arguments: says what a call without types should have passed, where it would find nothing or break later.
import { TroupeError } from './errors.ts';
import { lifecycleNames } from './trace/telemetry.ts';

/** What is known by the type of a message. */
interface Types {
  contract(type: string): unknown;
}

/**
 * The name that a tap listens to: of a lifecycle event, or the type of a contract.
 *
 * @throws TroupeError `invalid-options`
 */
export function tappedName(router: Types, what: unknown, tap: unknown): string {
  const isContract = typeof what === 'function' && 'type' in what && typeof what.type === 'string';
  const name = isContract ? String(what.type) : what;
  if (typeof name !== 'string') {
    throw refuse('tap got neither a contract nor a name', 'Write runtime.tap(OrderPlaced, envelope => …).');
  }
  if (typeof tap !== 'function') throw refuse(`tap of ${name} got no function`, 'Pass what is called with each event.');
  if (isContract || lifecycleNames.includes(name) || router.contract(name) !== undefined) return name;
  const names = lifecycleNames.join(', ');
  throw refuse(
    `There is no lifecycle event '${name}'`,
    `Use ${names}, or pass what defineEvent or defineCommand returned.`,
  );
}

/**
 * The correlation id, where a conversation is asked for by it alone; undefined where it is by a contract and a key.
 *
 * @throws TroupeError `invalid-options`
 */
export function tracedId(what: unknown, key: unknown): string | undefined {
  if (typeof what === 'string' && key === undefined) return what;
  if (typeof what !== 'string' && typeof key === 'string') return undefined;
  const problem = typeof what === 'string' ? `trace got the text '${what}' and a key` : 'trace got no key';
  throw refuse(problem, 'Pass a correlation id alone, or what defineEvent or defineCommand returned and a key.');
}

/**
 * The name of an actor, saga or monitor.
 *
 * @throws TroupeError `unknown-definition`
 */
export function nameOf(target: unknown): string {
  if (typeof target === 'object' && target !== null && 'name' in target && typeof target.name === 'string') {
    return target.name;
  }
  const found = typeof target === 'string' ? `'${target}' is a text` : 'What was passed is no actor or saga';
  throw new TroupeError('unknown-definition', `${found}. Pass what defineActor or defineSaga returned.`);
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}
