// The file of the contract lock: compared in tests, and written anew where nothing it promises is broken.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { App } from '../app.ts';
import { compareContracts, type CompareOptions } from '../hybrid/compare-contracts.ts';
import type { ContractFinding } from '../hybrid/contract-finding.ts';
import { checkLock, lockContracts, type ContractLock } from '../hybrid/contract-lock.ts';
import { isEqualJson } from '../hybrid/standard-json-schema.ts';
import { TroupeError } from '../runtime/errors.ts';

/** As Vitest has it: `all` with `-u`, `new` where only what is missing is written, `none` in continuous integration. */
export type UpdateMode = 'all' | 'new' | 'none';

interface MatchOptions extends CompareOptions {
  readonly update: UpdateMode;
}

/** Whether the app is as the file says; writes the file where `update` allows it. */
export function matchContractLock(
  app: App,
  file: string,
  { update, ...options }: MatchOptions,
): { readonly pass: boolean; readonly text: string } {
  const lock = readLock(file);
  if (!lock && update === 'none') return { pass: false, text: `${file} does not exist. Run vitest -u and commit it.` };
  if (!lock || update === 'all') {
    const kept = updateContractLock(file, app, options);
    const text = `${describe(kept)}\nAn update does not mend this: what was locked may be stored. ${BY_HAND}`;
    return { pass: kept.length === 0, text };
  }
  const findings = compareContracts(lock, app, options);
  const isSame = isEqualJson(lock, lockContracts(app, lock));
  const pass = isSame && findings.every(({ breaking }) => !breaking);
  const changed = isSame ? '' : '\nThe contracts are not those of the lock. Run vitest -u to update it.';
  return { pass, text: `${describe(findings)}${changed}` };
}

const BY_HAND = 'Where nothing of it is stored any more, take its entry out of the file and update again.';

/** What a new lock would say nothing of, though what was locked is stored: it has no earlier kinds. */
const OF_STORED: ReadonlySet<ContractFinding['code']> = new Set([
  'kind-changed',
  'data-incompatible',
  'default-not-applied',
  'upcaster-missing',
  'version-lowered',
]);

/**
 * Writes the lock of an app, with the history of the file. Where stored data would be broken all the same, it writes
 * nothing and returns what is broken: a schema that does not fit, under the same version or without an upcast, or a
 * contract of another kind.
 *
 * @throws TroupeError `invalid-options`, `duplicate-name`
 */
export function updateContractLock(file: string, app: App, options: CompareOptions = {}): readonly ContractFinding[] {
  const lock = readLock(file);
  const next = lockContracts(app, lock);
  const ofNext = compareContracts(next, app, options);
  const ofLast = lock ? compareContracts(lock, app, options).filter(({ code }) => OF_STORED.has(code)) : [];
  const isNew = (one: ContractFinding): boolean => !ofNext.some(other => isEqualJson(one, other));
  const kept = [...ofNext, ...ofLast.filter(isNew)].filter(({ breaking }) => breaking);
  if (kept.length === 0 && !isEqualJson(lock, next)) writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`);
  return kept;
}

function readLock(file: string): ContractLock | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  try {
    return checkLock(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof TroupeError) throw cause;
    throw new TroupeError('invalid-options', `${file} is not JSON. Restore it, or delete it and lock anew.`, { cause });
  }
}

/** The breaking ones first. */
function describe(findings: readonly ContractFinding[]): string {
  return findings
    .toSorted((a, b) => Number(b.breaking) - Number(a.breaking))
    .map(({ breaking, code, type, version, path, problem, fix }) => {
      const where = `${type} (version ${version})${path === '' ? '' : ` ${path}`}`;
      return `${breaking ? 'breaks' : 'note'} [${code}] ${where}: ${problem} ${fix}`;
    })
    .join('\n');
}
