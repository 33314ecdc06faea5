// Names of effects: work that is done at most once per key, whoever asks for it.
import { TroupeError } from '../errors.ts';

const MOST_CHARS = 200;

/**
 * Checks the name of an effect; `*` stands for all of them in the options of an app.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkEffect(name: unknown, what: string): void {
  const isName = typeof name === 'string' && name !== '' && name !== '*' && name.length <= MOST_CHARS;
  if (isName && name.isWellFormed()) return;
  throw new TroupeError(
    'invalid-definition',
    `${what} names the effect ${JSON.stringify(name)?.slice(0, MOST_CHARS)}. Use text of 1 to ${MOST_CHARS} ` +
      `characters, other than '*'.`,
  );
}
