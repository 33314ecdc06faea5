// Waiver: an exception from a finding of `check`, written where the definition is, with its reason.
import { TroupeError } from '../errors.ts';

/** Accepts a finding. It stays in the report, with the reason. */
export interface Waiver {
  /** The code of the finding, `TR101`. */
  readonly code: `TR${number}`;
  /** Why this is right here. */
  readonly reason: string;
  /** Only findings about this contract, part, state or effect; default: all of that code that this definition is in. */
  readonly about?: string | undefined;
}

const CODE = /^TR\d{3}$/;
const KEYS = ['code', 'reason', 'about'];
const REMEDY = "Write allow: [{ code: 'TR101', reason: '…' }].";

/**
 * Refuses a waiver that would be read wrongly.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkWaivers(what: string, waivers: readonly Waiver[] = []): readonly Waiver[] {
  const list: unknown = waivers;
  if (!Array.isArray(list)) throw refuse(`${what}: allow is no list`);
  for (const waiver of list as readonly (object | null)[]) {
    const given: Readonly<Record<string, unknown>> = { ...waiver };
    const { code, reason, about } = given;
    if (!CODE.test(String(code))) throw refuse(`${what} allows ${String(code)}, which is no code`);
    const unknown = Object.keys(given).find(key => !KEYS.includes(key));
    if (unknown !== undefined) {
      throw refuse(`${what} allows ${String(code)} with an unknown option '${unknown}'`, `Use ${KEYS.join(', ')}.`);
    }
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw refuse(`${what} allows ${String(code)} without a reason`);
    }
    if (about !== undefined && typeof about !== 'string') {
      throw refuse(
        `${what} allows ${String(code)} about what is no text`,
        'Name a contract, a part, a state or an effect.',
      );
    }
  }
  return waivers;
}

function refuse(problem: string, remedy: string = REMEDY): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. ${remedy}`);
}
