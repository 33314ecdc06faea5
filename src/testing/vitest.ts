// Matchers for Vitest: on a test runtime, where a failing one prints the conversation and the seed, and on an app.
import { expect } from 'vitest';
import type { App } from '../app.ts';
import { check } from '../hybrid/check.ts';
import type { CompareOptions } from '../hybrid/compare-contracts.ts';
import type { CheckOptions } from '../hybrid/finding.ts';
import { renderReport } from '../hybrid/render-report.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand, AnyContract, AnyEvent, DataOf } from '../runtime/message/contract.ts';
import { isInState } from '../sagas/instance-view.ts';
import type { Saga, SagaTypes } from '../sagas/saga.ts';
import { matchContractLock, type UpdateMode } from './contract-lock-file.ts';
import { TestRuntime } from './test-runtime.ts';

/** What `expect(t)` can check of a test runtime, each also with `.not`. Added by importing `troupe/testing/vitest`. */
export interface TestRuntimeMatchers<R = void> {
  /** An event was published, by whomever; with `data`, one with this data. Asymmetric matchers match parts. */
  toHavePublished<E extends AnyEvent>(event: E, data?: NoInfer<DataOf<E>>): R;
  /** An event was published exactly so many times. */
  toHavePublishedTimes(event: AnyEvent, times: number): R;
  /** A command was sent, by whomever; with `data`, one with this data. Asymmetric matchers match parts. */
  toHaveSent<C extends AnyCommand>(command: C, data?: NoInfer<DataOf<C>>): R;
  /** A command was sent exactly so many times. */
  toHaveSentTimes(command: AnyCommand, times: number): R;
  /**
   * A turn of an instance has ended in a state, now or earlier, as far as the log goes back. What a machine only passes
   * through within one turn is not seen.
   */
  toHaveReached<T extends SagaTypes>(saga: Saga<T>, key: string, state: NoInfer<T>['state']): R;
  /** An instance is in a state now. Where there is no such instance it fails, with `.not` too. */
  toBeIn<T extends SagaTypes>(saga: Saga<T>, key: string, state: NoInfer<T>['state']): R;
  /** No message is given up. */
  toHaveNoDeadLetters(): R;
  /** The books balance: memory and disk agree, no message is lost or stuck, and nothing is open. */
  toBalance(): R;
}

/** The matchers as they are added to Vitest: there for a test runtime, refused by the compiler for anything else. */
export type OnlyForTestRuntime<R, T> = {
  [Name in keyof TestRuntimeMatchers<R>]: T extends TestRuntime ? TestRuntimeMatchers<R>[Name] : never;
};

/** What `expect(app)` can check of an app. Added by importing `troupe/testing/vitest`. */
export interface AppMatchers<R = void> {
  /**
   * The contracts are as the lock file says, and break nothing it promises; a path is relative to the working
   * directory. Writes the file where it is missing and, with `vitest -u`, after changes that break nothing.
   */
  toMatchContractLock(file: string, options?: CompareOptions): R;
  /** `check` finds no errors and no warnings but those that a definition allows. */
  toPassCheck(options?: CheckOptions): R;
}

/** The matchers as they are added to Vitest: there for an app, refused by the compiler for anything else. */
export type OnlyForApp<R, T> = {
  [Name in keyof AppMatchers<R>]: T extends App ? AppMatchers<R>[Name] : never;
};

declare module 'vitest' {
  interface Matchers<R, T> extends OnlyForTestRuntime<R, T>, OnlyForApp<R, T> {}
}

/** What Vitest gives a matcher, as far as these need it. */
interface Asked {
  readonly isNot: boolean;
  equals(one: unknown, other: unknown): boolean;
  readonly utils: { stringify(value: unknown, depth: number, format: { readonly min: boolean }): string };
}

/** What came out of a look. */
interface Finding {
  readonly pass: boolean;
  /** Who was expected to do what: `the app`, `have published order.placed`. */
  readonly subject: string;
  readonly wanted: string;
  /** What there was. */
  readonly found: string;
  /** Whose conversations are drawn; default: all. */
  readonly of?: AnyContract | string;
}

interface Result {
  readonly pass: boolean;
  readonly message: () => string;
}

type Find = (t: TestRuntime, expected: readonly unknown[], asked: Asked) => Finding;

const MOST_LINES = 40;
const MOST_SHOWN = 5;
const DEPTH = 10;

expect.extend({
  toHavePublished: matcher((t, [event, ...data], asked) => findOne(t, toContract(event, 'event'), { data, asked })),
  toHavePublishedTimes: matcher((t, [event, times]) => count(t, toContract(event, 'event'), times)),
  toHaveSent: matcher((t, [command, ...data], asked) => findOne(t, toContract(command, 'command'), { data, asked })),
  toHaveSentTimes: matcher((t, [command, times]) => count(t, toContract(command, 'command'), times)),
  toHaveReached: matcher((t, [saga, key, state], asked) => findReached(t, saga as Saga, { key, state, asked })),
  toBeIn: matcher((t, [saga, key, state], asked) => findState(t, saga as Saga, { key, state, asked })),
  toHaveNoDeadLetters: matcher(t => findNoDeadLetters(t)),
  toBalance: matcher(t => findBalance(t)),
  toMatchContractLock(app: unknown, file: unknown, options?: CompareOptions): Result {
    if (!isApp(app)) throw refuse('expect got no app', 'Pass what defineApp returned.');
    const mode: UpdateMode = this.isNot ? 'none' : this.snapshotState.snapshotUpdateState;
    const { pass, text } = matchContractLock(app, String(file), { ...options, update: mode });
    return { pass, message: () => `expected the app ${this.isNot ? 'not ' : ''}to match ${String(file)}\n\n${text}` };
  },
  toPassCheck(app: unknown, options?: CheckOptions): Result {
    if (!isApp(app)) throw refuse('expect got no app', 'Pass what defineApp returned.');
    const report = check(app, options);
    const not = this.isNot ? 'not ' : '';
    return { pass: report.passed, message: () => `expected the app ${not}to pass check\n\n${renderReport(report)}` };
  },
});

function matcher(find: Find) {
  return function (this: Asked, t: unknown, ...expected: readonly unknown[]): Result {
    const { isNot } = this;
    if (!isTestRuntime(t)) throw refuse('expect got no test runtime', 'Pass what createTestRuntime returned.');
    const { pass, subject, wanted, found, of } = find(t, expected, this);
    const message = (): string =>
      [`expected ${subject} ${isNot ? 'not ' : ''}to ${wanted}`, found, t.timeline({ of, lines: MOST_LINES })].join(
        '\n\n',
      );
    return { pass, message };
  };
}

const isApp = (app: unknown): app is App => (app as Partial<App> | undefined)?.kind === 'app';

const isTestRuntime = (t: unknown): t is TestRuntime => t instanceof TestRuntime;

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}

/** What is not TypeScript may pass anything; `not` would take it for something that did not happen. */
function toContract(given: unknown, kind: AnyContract['kind']): AnyContract {
  const contract = given as Partial<AnyContract> | undefined;
  if (contract?.kind === kind) return contract as AnyContract;
  const shown = typeof contract?.type === 'string' ? `the ${contract.kind} ${contract.type}` : 'no contract';
  const other = kind === 'event' ? 'toHaveSent is for commands' : 'toHavePublished is for events';
  throw refuse(`The matcher wants ${kind === 'event' ? 'an event' : 'a command'} and got ${shown}`, `${other}.`);
}

function dataOf(t: TestRuntime, contract: AnyContract): readonly unknown[] {
  return contract.kind === 'event' ? t.published(contract as AnyEvent) : t.sent(contract as AnyCommand);
}

const show = (value: unknown, { utils }: Asked): string => utils.stringify(value, DEPTH, { min: true });

const verbOf = ({ kind }: AnyContract): string => (kind === 'event' ? 'published' : 'sent');

/** `published: order.placed ×1, payment.charged ×1`, and with what data, where it was the type that was looked for. */
function inventory(t: TestRuntime, contract: AnyContract, asked?: Asked): string {
  const counts = [...t.counts(contract.kind)].map(([type, times]) => `${type} ×${times}`);
  const all = asked ? dataOf(t, contract) : [];
  const shown = all.slice(0, MOST_SHOWN).map(data => `  ${contract.type} ${asked ? show(data, asked) : ''}`);
  const rest = all.length > MOST_SHOWN ? [`  … and ${all.length - MOST_SHOWN} more`] : [];
  return [`${verbOf(contract)}: ${counts.join(', ') || 'nothing'}`, ...shown, ...rest].join('\n');
}

function findOne(
  t: TestRuntime,
  contract: AnyContract,
  { data, asked }: { readonly data: readonly unknown[]; readonly asked: Asked },
): Finding {
  const isAny = data.length === 0 || data[0] === undefined;
  const all = dataOf(t, contract);
  return {
    pass: isAny ? all.length > 0 : all.some(one => asked.equals(one, data[0])),
    subject: 'the app',
    wanted: `have ${verbOf(contract)} ${contract.type}${isAny ? '' : ` with ${show(data[0], asked)}`}`,
    found: inventory(t, contract, asked),
    of: contract,
  };
}

function count(t: TestRuntime, contract: AnyContract, times: unknown): Finding {
  if (!Number.isInteger(times) || Number(times) < 0) {
    throw refuse(`The matcher wants a number of times and got ${String(times)}`, 'Use a whole number from 0.');
  }
  return {
    pass: dataOf(t, contract).length === times,
    subject: 'the app',
    wanted: `have ${verbOf(contract)} ${contract.type} ${String(times)} times`,
    found: inventory(t, contract),
    of: contract,
  };
}

interface Wanted {
  readonly key: unknown;
  readonly state: unknown;
  readonly asked: Asked;
}

function findReached(t: TestRuntime, saga: Saga, { key, state, asked }: Wanted): Finding {
  const states = t.sagas.history(saga, String(key)).flatMap(({ to }) => (to === null ? [] : [to]));
  const path = states.map(one => show(one, asked)).filter((one, index, all) => one !== all[index - 1]);
  const others = t.sagas.list(saga, { limit: MOST_SHOWN }).map(one => one.key);
  const missing = `there is no ${saga.name}/${String(key)}; there are: ${others.join(', ') || 'none'}`;
  return {
    pass: states.some(one => isInState(one, state)),
    subject: `${saga.name}/${String(key)}`,
    wanted: `have reached ${show(state, asked)}`,
    found: path.length === 0 ? missing : `it went ${path.join(' → ')}`,
    of: `${saga.name}/${String(key)}`,
  };
}

function findState(t: TestRuntime, saga: Saga, { key, state, asked }: Wanted): Finding {
  const instance = t.saga(saga, String(key));
  const why = t.why(saga, String(key)).text;
  return {
    pass: instance.matches(state),
    subject: `${saga.name}/${String(key)}`,
    wanted: `be in ${show(state, asked)}`,
    found: `it is in ${show(instance.state, asked)} (${instance.status})\n${why}`,
    of: `${saga.name}/${String(key)}`,
  };
}

function findNoDeadLetters(t: TestRuntime): Finding {
  const letters = t.deadLetters.list({ limit: MOST_SHOWN });
  const shown = letters.map(({ type, address, reason, attempts, failures }) => {
    const last = failures.at(-1);
    const why = last ? `: ${last.name}: ${last.message}` : '';
    return `  ${type} for ${address}, ${reason} after ${attempts} attempts${why}`;
  });
  const total = t.info().deadLetters;
  const first = letters[0]?.address;
  return {
    pass: total === 0,
    subject: 'the app',
    wanted: 'have no dead letters',
    found: [`dead letters: ${total}`, ...shown].join('\n'),
    ...(first === undefined ? {} : { of: first }),
  };
}

function findBalance(t: TestRuntime): Finding {
  const problems = t.imbalances();
  const shown = problems.length === 0 ? ['memory and disk agree, and nothing is open'] : problems;
  const found = shown.map(problem => `  ${problem}`).join('\n');
  return { pass: problems.length === 0, subject: 'the books', wanted: 'balance', found };
}
