// Which stored instances are loaded as they are, compared, migrated or held, and what a held one is told.
import { setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../src/sagas/fingerprint.ts';
import { heldError, lift, type Held, type LoadOptions } from '../../../src/sagas/load.ts';
import {
  mapContext,
  migration,
  renameDelay,
  renameState,
  startMissingTimers,
  type Migration,
} from '../../../src/sagas/migrations.ts';
import type { SagaRecord } from '../../../src/sagas/record.ts';
import { heldBy, Instance, tryMigrate, work } from './kit.ts';

const end = { type: 'final' };
const machineOf = (states: Readonly<Record<string, object>>, actors: object = { work }): AnyStateMachine =>
  setup({ actors: actors as never }).createMachine({
    id: 'm',
    context: { n: 1 },
    initial: Object.keys(states)[0] as never,
    states,
  } as never) as unknown as AnyStateMachine;

const one = machineOf({ a: { on: { GO: 'end' } }, end });
const two = machineOf({ b: { on: { GO: 'end' } }, end });
const stored = Instance.start(one).stored();

describe('a stored instance', () => {
  it('of the same version and structure is loaded as it is, without a look', () => {
    const loaded = lift({ machine: one }, stored, 1);

    expect(loaded).toEqual({ ok: true, how: 'same', record: stored, effects: [], disarmed: [], rearmed: [] });
    expect(loaded.ok && loaded.record).toBe(stored);
  });

  it('of the same version and another structure is compared', () => {
    const wider = machineOf({ a: { on: { GO: 'end' } }, more: {}, end });

    expect(lift({ machine: wider }, stored, 1)).toMatchObject({
      ok: true,
      how: 'compatible',
      record: { ...stored, print: fingerprint(wider) },
    });
    expect(heldBy(lift({ machine: two }, stored, 1))).toEqual(['state-missing']);
    expect(lift({ machine: two }, { ...stored, print: fingerprint(two) }, 1)).toMatchObject({ how: 'same' });
  });

  it('of an older version goes through every step, and is compared then', () => {
    const migrate = {
      1: renameState('m.a', 'm.x'),
      2: migration(
        renameState('m.x', 'm.b'),
        mapContext(({ n }: { n: number }) => ({ n: n + 1 })),
      ),
    };

    expect(lift({ machine: two, version: 3, migrate }, stored, 1)).toMatchObject({
      ok: true,
      how: 'migrated',
      record: { print: fingerprint(two), snapshot: { status: 'active', value: 'b', context: { n: 2 } } },
    });
    expect(lift({ machine: two, version: 2, migrate }, stored, 1)).toMatchObject({
      ok: false,
      reasons: [{ code: 'state-missing', problem: 'The state m.x does not exist' }],
    });
  });

  it('keeps nothing of the migration in its snapshot', () => {
    const loaded = tryMigrate(Instance.start(one), two, renameState('m.a', 'm.b'));
    const snapshot = loaded.ok && loaded.record.snapshot;

    expect(snapshot).toEqual({ ...(stored.snapshot as object), value: 'b' });
    expect(Object.isFrozen(snapshot)).toBe(true);
  });

  const broken = (): never => {
    throw new Error('oh no');
  };
  const dated = mapContext(() => ({ at: new Date(0) }));
  it.each<[string, LoadOptions, string, string]>([
    ['a newer version', { machine: one }, 'version-newer', 'Deploy the newer code.'],
    ['a version without a step', { machine: one, version: 4, migrate: { 2: s => s } }, 'migration-missing', '{ 3:'],
    ['a step that throws', { machine: one, version: 3, migrate: { 2: broken } }, 'migration-failed', 'oh no'],
    [
      'a step that returns nothing',
      { machine: one, version: 3, migrate: { 2: () => {} } },
      'migration-failed',
      'Return',
    ],
    [
      'a context that is not JSON',
      { machine: one, version: 3, migrate: { 2: dated } },
      'migration-failed',
      'context.at',
    ],
  ])('of %s is held', (_what, saga, code, text) => {
    const loaded = lift(saga, stored, 2);

    expect(heldBy(loaded)).toEqual([code]);
    expect(heldError('order', loaded as Held)).toMatchObject({
      code: 'saga-held',
      message: expect.stringContaining(text),
    });
  });

  it('that a migration has broken is held', () => {
    expect(heldBy(tryMigrate(Instance.start(one), one, s => ({ ...s, children: { x: {} as never } })))).toEqual([
      'actor-missing',
    ]);
    expect(
      heldBy(lift({ machine: one, version: 2, migrate: { 1: s => s } }, { ...stored, snapshot: null }, 1)),
    ).toEqual(['snapshot-unreadable']);
  });

  it('that is held is told every reason with its path and fix', () => {
    const kid = (state: string): AnyStateMachine =>
      setup({}).createMachine({ id: 'kid', initial: state, states: { [state]: {} } } as never) as never;
    const outer = (state: string, own: string): AnyStateMachine =>
      machineOf({ [own]: { invoke: { id: 'k', src: 'kid' } } }, { kid: kid(state) });

    const loaded = lift({ machine: outer('y', 'b') }, Instance.start(outer('x', 'a')).stored(), 1);

    expect(heldError('order', loaded as Held).message).toBe(
      'A stored instance of saga order does not fit its machine. ' +
        "The state m.a does not exist. Say where its instances are now: renameState('m.a', 'new id'). " +
        "/k: The state kid.x does not exist. Say where its instances are now: renameState('kid.x', 'new id', " +
        "{ in: '/k' }).",
    );
  });
});

describe('the timers of a stored instance', () => {
  const waiting = (delay: number): AnyStateMachine => machineOf({ a: { after: { [delay]: 'end' } }, end });

  it('that have other ids are armed again for when they are due', () => {
    const before = Instance.start(waiting(10));

    expect(tryMigrate(before, waiting(20), renameDelay(10, 20))).toMatchObject({
      record: { armed: [{ token: before.armed[0]?.token, id: 'xstate.after.20.m.a', due: 10 }] },
      disarmed: before.armed,
      rearmed: [{ token: before.armed[0]?.token, id: 'xstate.after.20.m.a', due: 10 }],
    });
  });

  it('stay armed where nothing about them has changed, or their due time is unknown', () => {
    const before = Instance.start(waiting(10));
    const armed = before.armed.map(timer => ({ ...timer, due: 0 }));
    const saga = { machine: waiting(20), version: 2, migrate: { 1: renameDelay(10, 20) } };

    expect(tryMigrate(before, waiting(10), s => s)).toMatchObject({ disarmed: [], rearmed: [] });
    expect(lift(saga, { ...before.stored(), armed }, 1)).toMatchObject({ ok: true, disarmed: [], rearmed: [] });
  });
});

describe('the steps of a stored instance', () => {
  const paying = machineOf({ a: { invoke: { id: 'x', src: 'work', onDone: 'b' } }, b: {} });
  const paid = Instance.start(paying).settle('/x');
  const without = machineOf({ a: {}, b: {} }, {});

  it('that may have to be undone need their logic', () => {
    const undone = paid.calls.map(call => ({ ...call, status: 'undone' as const }));

    expect(lift({ machine: without }, paid.stored(), 1)).toMatchObject({
      reasons: [{ code: 'step-missing', path: '/x', fix: expect.stringContaining("renameActor('work', 'new name')") }],
    });
    expect(lift({ machine: without }, { ...paid.stored(), calls: undone }, 1)).toMatchObject({ ok: true });
  });

  it('keep what became of them through a migration', () => {
    const loaded = tryMigrate(paid, machineOf({ a: {}, b: {} }, { labour: work }), stored => ({
      ...stored,
      calls: stored.calls.map(call => ({ ...call, status: 'sent', src: 'labour' })),
    }));

    expect(loaded).toMatchObject({ ok: true, record: { calls: [{ ...paid.calls[0], src: 'labour' }] } });
  });

  it('are no longer needed once the instance is over', () => {
    const over: SagaRecord = { ...paid.stored(), ending: { as: 'done', undo: false } };
    const undoing = paid.calls.map(call => ({ ...call, status: 'sent' as const }));

    expect(lift({ machine: without }, over, 1)).toMatchObject({ ok: true });
    expect(heldBy(lift({ machine: without }, { ...over, calls: undoing }, 1))).toEqual(['step-missing']);
  });
});

describe('an instance that is ending', () => {
  const ending: SagaRecord = { ...stored, ending: { as: 'cancelled', undo: true } };

  it('is not compared: its machine takes no more steps', () => {
    expect(lift({ machine: two }, ending, 1)).toMatchObject({ ok: true, how: 'compatible' });
  });

  it('needs no migration, and takes one that is there', () => {
    const migrate = { 1: migration(renameState('m.a', 'm.b'), startMissingTimers()) };
    const timed = machineOf({ b: { after: { 5: 'end' } }, end });

    expect(lift({ machine: two, version: 2 }, ending, 1)).toMatchObject({ ok: true, how: 'migrated' });
    expect(lift({ machine: timed, version: 2, migrate }, ending, 1)).toMatchObject({
      record: { snapshot: { value: 'b' } },
      effects: [],
    });
  });
});

describe('where a failed step would be driven again from', () => {
  const { snapshot, armed } = stored;
  const failed: SagaRecord = {
    ...stored,
    ending: { as: 'failed', undo: true },
    failing: { call: 1, beside: [], snapshot, armed },
  };
  const failingOf = (saga: LoadOptions): unknown => {
    const loaded = lift(saga, failed, 1);
    return loaded.ok && loaded.record.failing;
  };

  it('goes through the migration', () => {
    const migrate = { 1: renameState('m.a', 'm.b') };

    expect(failingOf({ machine: two, version: 2, migrate })).toMatchObject({ call: 1, snapshot: { value: 'b' } });
  });

  it('is given up where it does not fit, would start something, or cannot be migrated', () => {
    const timed = machineOf({ a: { after: { 5: 'end' } }, end });

    expect(failingOf({ machine: two })).toBeNull();
    expect(failingOf({ machine: timed, version: 2, migrate: { 1: startMissingTimers() } })).toBeNull();
    const once = migratesOnce();
    expect(failingOf({ machine: one, version: 2, migrate: { 1: once } })).toBeNull();
  });
});

/** A migration that works for the instance, and fails when it is asked again. */
function migratesOnce(): Migration {
  let isFirst = true;
  return machine => {
    if (!isFirst) throw new Error('again?');
    isFirst = false;
    return machine;
  };
}
