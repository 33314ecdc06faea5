// Findings of compareContracts: what is different from the lock, what that breaks, and what to do about it.
import type { Misfit } from './schema-question.ts';

/** What a finding of `compareContracts` is about. */
export type ContractFindingCode =
  | 'contract-added'
  | 'contract-removed'
  | 'kind-changed'
  | 'version-lowered'
  | 'version-raised'
  | 'upcaster-missing'
  | 'data-incompatible'
  | 'default-not-applied'
  | 'reply-incompatible'
  | 'schema-changed'
  | 'schema-unknown'
  | 'sensitive-removed';

/** One difference between a lock and the contracts of an app. */
export interface ContractFinding {
  readonly code: ContractFindingCode;
  readonly type: string;
  /** Of the locked schema. */
  readonly version: number;
  /** `data.lines[].units`; empty where the contract as a whole is meant. */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
  /** Whether something that works with the locked contract fails with the one of the app. */
  readonly breaking: boolean;
}

/** What a finding is about. */
export type Place = Pick<ContractFinding, 'code' | 'type' | 'version' | 'path'>;

/** A locked schema that did not fit. */
export interface About {
  readonly type: string;
  readonly version: number;
  readonly what: 'data' | 'reply';
}

export function toBackward(misfit: Misfit, about: About & { readonly isFilledIn: boolean }): ContractFinding {
  const { type, version, what, isFilledIn } = about;
  const { path, problem, isSure } = misfit;
  if (!isSure) return toUnknown(misfit, about);
  if (isFilledIn) {
    const reason = `Stored data of version ${version} is not validated again, so no default is applied: ${problem}.`;
    const fix = `Raise the version and add upcast: { ${version}: old => old }; an upcast validates.`;
    return breaks({ code: 'default-not-applied', type, version, path }, reason, fix);
  }
  const reason = `Stored ${what === 'data' ? 'data' : 'replies'} may not be readable: ${problem}.`;
  return breaks({ code: `${what}-incompatible`, type, version, path }, reason, fixFor(about));
}

export function toForward(misfit: Misfit, about: About): ContractFinding {
  const { type, version, what } = about;
  const { path, problem, isSure } = misfit;
  if (!isSure) return toUnknown(misfit, about);
  const fix = 'Write only what earlier code accepts; begin with the other values when it is gone.';
  return breaks(
    { code: `${what}-incompatible`, type, version, path },
    `Earlier code may not read it: ${problem}.`,
    fix,
  );
}

function toUnknown({ path, problem }: Misfit, { type, version }: About): ContractFinding {
  const fix = 'Decide by hand whether stored messages fit, and hold it with a fixture.';
  return note({ code: 'schema-unknown', type, version, path }, `It cannot be judged: ${problem}.`, fix);
}

function fixFor({ version, what }: About): string {
  if (what === 'reply') return 'Keep the earlier replies valid, or name a new command: replies have no upcast.';
  return `Accept the earlier data, or raise the version and add upcast: { ${version}: old => … }.`;
}

export const breaks = (place: Place, problem: string, fix: string): ContractFinding => ({
  ...place,
  problem,
  fix,
  breaking: true,
});

export const note = (place: Place, problem: string, fix: string): ContractFinding => ({
  ...place,
  problem,
  fix,
  breaking: false,
});
