// The file of failing seeds: what has failed once is run first, for ever.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { TroupeError } from '../runtime/errors.ts';
import { formatFault, parseFaults, type Fault } from './faults.ts';

/** A run that can be repeated: its seed, and its faults where they are not to be drawn. */
export interface Rerun {
  readonly seed: number;
  readonly faults: readonly Fault[] | undefined;
}

/** `17:crash-after-commit#3,message-delay#1`, or `17` where the faults are drawn. */
export function formatRerun({ seed, faults }: Rerun): string {
  return faults === undefined ? String(seed) : `${seed}:${faults.map(fault => formatFault(fault)).join(',')}`;
}

/**
 * Reads what `formatRerun` has written.
 *
 * @throws TroupeError `invalid-options`
 */
export function parseRerun(text: string): Rerun {
  const [seedText = '', faults] = text.split(':');
  const seed = Number(seedText);
  if (seedText !== '' && Number.isSafeInteger(seed)) {
    return { seed, faults: faults === undefined ? undefined : parseFaults(faults) };
  }
  throw new TroupeError('invalid-options', `'${text}' names no run. Write its seed, like 17 or 17:restart#1.`);
}

const isTexts = (list: unknown): boolean => Array.isArray(list) && list.every(text => typeof text === 'string');

/**
 * The runs of a simulation that have failed before, in the order of their failing.
 *
 * @throws TroupeError `invalid-options` where the file is not what `keepRerun` writes
 */
export function readReruns(file: string, name: string): readonly Rerun[] {
  return (readSeeds(file).get(name) ?? []).map(text => parseRerun(text));
}

/** Adds a run that has failed; where the file cannot be written the run is told of all the same. */
export function keepRerun(file: string, name: string, rerun: Rerun): void {
  const seeds = readSeeds(file);
  const known = seeds.get(name) ?? [];
  const text = formatRerun(rerun);
  if (known.includes(text)) return;
  seeds.set(name, [...known, text]);
  try {
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(seeds), undefined, 2)}\n`);
  } catch {
    // Read-only, as in many CI jobs: the failure itself matters more.
  }
}

function readSeeds(file: string): Map<string, readonly string[]> {
  if (!existsSync(file)) return new Map();
  try {
    const seeds: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof seeds === 'object' && seeds !== null && !Array.isArray(seeds)) {
      const lists = Object.entries(seeds);
      if (lists.every(([, list]) => isTexts(list))) return new Map(lists as [string, readonly string[]][]);
    }
  } catch {
    // Said below, with what to do.
  }
  throw new TroupeError('invalid-options', `${file} is no file of failing seeds. Correct it, or delete it.`);
}
