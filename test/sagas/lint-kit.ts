// Makes machines for the tests of the lint, in order but for what a test changes, and the tests of its rules.
import { createMachine, type AnyStateMachine } from 'xstate';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineCommand } from '../../src/index.ts';
import { lint } from '../../src/sagas/lint.ts';
import type { LintCode } from '../../src/sagas/lint-rules.ts';

const Work = defineCommand('work.do', { data: z.object({ id: z.string() }), key: ({ id }) => id });

/** A step that may fail. */
export const work: unknown = command(Work);

export interface Implementations {
  readonly actions?: object;
  readonly actors?: object;
  readonly delays?: object;
  readonly guards?: object;
}

/** `{ id: 'm' }`, waiting in `a` for the event that ends it in `b`; `config` replaces what it names. */
export function machineOf(config: object, implementations: Implementations = {}): AnyStateMachine {
  const base = { id: 'm', initial: 'a', states: { a: { on: { end: 'b' } }, b: { type: 'final' } } };
  return createMachine({ ...base, ...config } as never).provide(implementations as never);
}

/** The same with `a` changed: it still ends on its event. */
export function stateOf(state: object, implementations: Implementations = {}): AnyStateMachine {
  return machineOf({ states: { a: { on: { end: 'b' }, ...state }, b: { type: 'final' } } }, implementations);
}

/** A state that invokes an actor and takes its failure. */
export function invoke(actor: object): object {
  return { invoke: { onError: 'b', ...actor } };
}

/** A rule at work. */
export interface Case {
  readonly code: LintCode;
  /** Ends the title: "refuses …". */
  readonly what: string;
  readonly refused: AnyStateMachine;
  readonly path: string;
  readonly says: string;
  /** The nearest machines without the fault. */
  readonly allowed: readonly AnyStateMachine[];
}

/** Defines one test per case: its fault is found at its path, and the nearest machines have nothing to refuse. */
export function refuses(cases: readonly Case[]): void {
  for (const { code, what, refused, path, says, allowed } of cases) {
    it(`refuses ${what}`, () => {
      const found = lint(refused, { name: 'saga' });

      expect(new Set(found.map(finding => finding.code))).toEqual(new Set([code]));
      expect(found.map(finding => finding.path)).toContain(path);
      expect(found.map(({ problem, fix }) => `${problem}. ${fix}`).join('\n')).toContain(says);
      for (const machine of allowed) expect(lint(machine, { name: 'saga' })).toEqual([]);
    });
  }
}
