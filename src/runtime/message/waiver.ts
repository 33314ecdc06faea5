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

/**
 * Refuses a waiver that would be read wrongly.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkWaivers(what: string, waivers: readonly Waiver[] = []): readonly Waiver[] {
  for (const waiver of waivers) {
    const { code, reason, about }: Readonly<Record<string, unknown>> = { ...waiver };
    const isText = typeof reason === 'string' && reason.trim() !== '';
    if (CODE.test(String(code)) && isText && (about === undefined || typeof about === 'string')) continue;
    throw new TroupeError(
      'invalid-definition',
      `${what} allows ${String(code)} without a code or a reason. Write allow: [{ code: 'TR101', reason: '…' }].`,
    );
  }
  return waivers;
}
