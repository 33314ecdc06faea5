// Survey of messages: which stored ones the contracts of an app cannot read, and how many of them somebody waits for.
import type { AnyContract } from '../runtime/message/contract.ts';
import { stepsOf } from './contract-lock.ts';

/** Stored messages of one type and version that the code cannot read. */
export interface MessageReport {
  readonly type: string;
  /** Of the code that wrote them. */
  readonly version: number;
  /** How many are in the log. */
  readonly logged: number;
  /** How many deliveries, tasks and subscriptions that lag or begin in the past still need them. */
  readonly open: number;
  /** How many wait for their time. */
  readonly delayed: number;
  /** How many were given up; they cannot be replayed. */
  readonly deadLetters: number;
  readonly problem: string;
  readonly fix: string;
}

/** Where stored messages are. */
export type MessagePlace = 'logged' | 'open' | 'delayed' | 'deadLetters';

/** Stored messages of one type that one version of the code wrote. */
export interface StoredMessages {
  readonly place: MessagePlace;
  readonly type: string;
  readonly kind: string;
  readonly version: number;
  readonly count: number;
}

/** Types the app does not know are passed over: no contract stands between their data and a pattern handler. */
export function surveyMessages(
  contracts: ReadonlyMap<string, AnyContract>,
  stored: Iterable<StoredMessages>,
): readonly MessageReport[] {
  const reports = new Map<string, MessageReport>();
  for (const { place, type, kind, version, count } of stored) {
    const contract = kind === 'event' || kind === 'command' ? contracts.get(type) : undefined;
    const why = contract && whyNot(contract, version);
    if (!why) continue;
    const id = `${type} ${version}`;
    const report = reports.get(id) ?? { type, version, logged: 0, open: 0, delayed: 0, deadLetters: 0, ...why };
    reports.set(id, { ...report, [place]: report[place] + count });
  }
  return [...reports.values()].toSorted((a, b) =>
    a.type === b.type ? a.version - b.version : a.type < b.type ? -1 : 1,
  );
}

function whyNot({ version, upcast }: AnyContract, stored: number): Pick<MessageReport, 'problem' | 'fix'> | undefined {
  if (stored === version) return undefined;
  if (stored > version) {
    return { problem: `The code knows version ${version}.`, fix: 'Deploy the newer code.' };
  }
  if (stepsOf(upcast).includes(stored)) return undefined;
  const problem = `There is no upcast step from version ${stored} to version ${version}.`;
  return { problem, fix: `Add upcast: { ${stored}: old => … }.` };
}
