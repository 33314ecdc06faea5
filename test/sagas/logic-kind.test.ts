// Every from* of XState is told from the others, without a function of the user being called.
import {
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  setup,
} from 'xstate';
import { describe, expect, it } from 'vitest';
import { command, defineCommand, defineSaga, saga, task } from '../../src/index.ts';
import { logicKind } from '../../src/sagas/logic-kind.ts';
import { z } from 'zod';

const Work = defineCommand('work.do', { data: z.object({ id: z.string() }), key: ({ id }) => id });
const refuse = (): never => {
  throw new Error('a function of the user was called');
};

describe('logicKind()', () => {
  const kinds: readonly (readonly [string, unknown, string])[] = [
    ['a machine', createMachine({ context: refuse }), 'machine'],
    ['a machine of setup()', setup({ actions: { refuse } }).createMachine({ entry: 'refuse' }), 'machine'],
    ['command()', command(Work), 'leaf'],
    ['task()', task(refuse), 'leaf'],
    ['saga()', saga(defineSaga('child', { machine: createMachine({ type: 'final' } as never) })), 'leaf'],
    ['fromPromise()', fromPromise(refuse), 'promise'],
    ['fromTransition()', fromTransition(refuse, refuse), 'transition'],
    ['fromCallback()', fromCallback(refuse), 'callback'],
    ['fromObservable()', fromObservable(refuse), 'observable'],
    ['fromEventObservable()', fromEventObservable(refuse), 'observable'],
    ['logic of one’s own without a start', { transition: refuse, getInitialSnapshot: refuse }, 'transition'],
    [
      'logic of one’s own with a start',
      { transition: refuse, getInitialSnapshot: refuse, getPersistedSnapshot: refuse, start: refuse },
      'unknown',
    ],
    ['a placeholder', {}, 'unknown'],
    ['a function', refuse, 'unknown'],
    ['null', null, 'unknown'],
    ['nothing', undefined, 'unknown'],
  ];

  for (const [what, logic, kind] of kinds) {
    it(`takes ${what} for ${kind}`, () => {
      expect(logicKind(logic)).toBe(kind);
    });
  }

  it('knows a machine of another copy of xstate (trap 32)', () => {
    expect(logicKind({ __xstatenode: true, implementations: {} })).toBe('machine');
  });

  it('knows no machine of XState v4', () => {
    expect(logicKind({ __xstatenode: true, options: {} })).toBe('unknown');
  });
});
