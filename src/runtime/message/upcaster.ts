// Brings stored data of an older contract version up to the current one, step by step.
import { TroupeError } from '../errors.ts';
import { checkData, type Checked } from './check.ts';
import type { Upcaster } from './contract.ts';
import type { Json } from './json.ts';

/** What an upcast reads from a contract. */
export interface Versioned extends Checked {
  readonly version: number;
  readonly upcast: Readonly<Record<number, Upcaster>>;
}

/**
 * Runs the chain from `fromVersion` to the contract's version, then validates and freezes the result (K6). Data of the
 * current version is returned as it is.
 *
 * @throws TroupeError `upcaster-missing`, `invalid-message`, `not-json`
 */
export function upcast(contract: Versioned, fromVersion: number, data: Json): Json {
  const { type, version } = contract;
  if (fromVersion === version) return data;
  if (!(fromVersion < version)) {
    throw new TroupeError(
      'upcaster-missing',
      `Stored ${type} has version ${fromVersion}, this code knows ${version}. Deploy newer code.`,
    );
  }
  let current: unknown = data;
  for (let step = fromVersion; step < version; step++) current = runStep(contract, step, current);
  return checkData(contract, current);
}

function runStep({ type, version, upcast: steps }: Versioned, from: number, old: unknown): unknown {
  const step = Object.hasOwn(steps, from) ? steps[from] : undefined;
  if (step === undefined) {
    throw new TroupeError(
      'upcaster-missing',
      `${type} (version ${version}) has no upcast step from version ${from}. Add upcast: { ${from}: old => … }.`,
    );
  }
  try {
    return step(old);
  } catch (cause) {
    throw new TroupeError(
      'invalid-message',
      `The upcast step of ${type} from version ${from} threw. Its input is frozen: return a new object.`,
      { cause },
    );
  }
}
