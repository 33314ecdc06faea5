// The contract lock: what is in it, what its history is for, and what changes of versions, kinds and replies mean.
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  command,
  compareContracts,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
  defineSchedule,
  lockContracts,
  type App,
  type ContractLock,
} from '../../src/index.ts';
import { setup as machineSetup } from 'xstate';
import { change, commandApp, eventApp, inShort } from './contract-kit.ts';

const one = z.object({ a: z.string() });
const two = z.object({ a: z.string(), b: z.int() });
const upcast = { 1: (old: unknown) => old };

/** The lock after each of these apps, one release after the other. */
function lockAfter(...apps: readonly App[]): ContractLock {
  const [first, ...rest] = apps;
  let lock = lockContracts(first ?? defineApp({}));
  for (const app of rest) lock = lockContracts(app, lock);
  return lock;
}

const found = (lock: ContractLock, app: App, options = {}): string[] =>
  compareContracts(lock, app, options).map(inShort);

describe('lockContracts', () => {
  it('has kind, version, schemas, upcast steps and sensitive paths of a contract', () => {
    const app = commandApp(one, z.object({ ok: z.boolean() }), {
      version: 3,
      upcast: { 2: old => old },
      sensitive: ['a'],
    });

    expect(lockContracts(app).contracts).toEqual({
      'order.place': {
        kind: 'command',
        version: 3,
        data: {
          type: 'object',
          properties: { a: { type: 'string' } },
          required: ['a'],
          additionalProperties: false,
        },
        reply: {
          type: 'object',
          properties: { ok: { type: 'boolean' } },
          required: ['ok'],
          additionalProperties: false,
        },
        upcast: [2],
        sensitive: ['a'],
        history: [],
      },
    });
  });

  it('finds the contracts of actors, sagas, modules and schedules, without those of the library', () => {
    const contract = (type: string) => defineEvent(type, { data: one });
    const [handled, published, started, scheduled, exposed] = [
      contract('a.handled'),
      contract('b.published'),
      contract('c.started'),
      contract('d.scheduled'),
      contract('e.exposed'),
    ];
    const commanded = defineCommand('f.command', { data: one });
    const machine = machineSetup({ actors: { act: command(commanded) } }).createMachine({
      initial: 'on',
      states: {
        on: { invoke: { src: 'act', input: { a: '1' }, onDone: 'off', onError: 'off' } },
        off: { type: 'final' },
      },
    });
    const app = defineApp({
      actors: [defineActor('x', { publishes: [published] }).on(handled, () => {})],
      sagas: [defineSaga('s', { machine }).startsOn(started, () => ({}))],
      modules: [defineModule('m', { actors: [defineActor('y').on(commanded, () => {})], exposes: [exposed] })],
      schedules: [defineSchedule('daily', scheduled, () => ({ a: '1' }), { every: '1d' })],
    });

    expect(Object.keys(lockContracts(app).contracts)).toEqual([
      'a.handled',
      'b.published',
      'c.started',
      'd.scheduled',
      'e.exposed',
      'f.command',
    ]);
  });

  it('is the same text whatever the order of definitions and properties', () => {
    const first = defineEvent('x', { data: z.object({ a: z.string(), b: z.int() }) });
    const other = defineEvent('x', { data: z.object({ b: z.int(), a: z.string() }) });
    const late = defineEvent('y', { data: one });
    const text = (...events: (typeof first | typeof late)[]): string =>
      JSON.stringify(lockContracts(defineApp({ actors: [defineActor('r', { publishes: events })] })));

    expect(text(late, other)).toBe(text(first, late));
  });

  it('keeps every other schema a contract had, once', () => {
    const lock = lockAfter(eventApp(one), eventApp(two), eventApp(one), eventApp(two), eventApp(two));

    expect(lock.contracts['order.placed']?.history).toHaveLength(2);
    expect(lockContracts(eventApp(two), lock)).toEqual(lock);
  });

  it('leaves out defaults, which may be computed anew each time', () => {
    const app = (): App => eventApp(z.object({ a: z.number().default(() => Number(String(counter++))) }));
    let counter = 0;

    expect(JSON.stringify(lockContracts(app()))).toBe(JSON.stringify(lockContracts(app())));
  });

  it('survives JSON', () => {
    const lock = lockAfter(eventApp(one), eventApp(two));

    expect(JSON.parse(JSON.stringify(lock))).toEqual(lock);
  });

  it('refuses two contracts of one name, and a lock that is none', () => {
    const [a, b] = [defineEvent('x', { data: one }), defineEvent('x', { data: two })];
    const app = defineApp({ actors: [defineActor('r', { publishes: [a] }), defineActor('s').on(b, () => {})] });

    expect(() => lockContracts(app)).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
    for (const lock of [{}, null, { format: 2, contracts: {} }, { format: 1, contracts: { x: {} } }]) {
      const invalid = expect.objectContaining({ code: 'invalid-options' });
      expect(() => compareContracts(lock as never, app)).toThrow(invalid);
      expect(() => lockContracts(eventApp(one), lock as never)).toThrow(invalid);
    }
    expect(() => compareContracts(lockAfter(), eventApp(one), { mode: 'up' as never })).toThrow(/mode 'up'/);
  });
});

describe('contracts that come and go', () => {
  it('an added one is noted', () => {
    expect(change(defineApp({}), eventApp(one))).toEqual(['contract-added']);
  });

  it('a removed one breaks what is stored, but not the way back', () => {
    expect(change(eventApp(one), defineApp({}))).toEqual(['!contract-removed']);
    expect(change(eventApp(one), defineApp({}), { mode: 'forward' })).toEqual(['contract-removed']);
  });

  it('a renamed one is removed and added', () => {
    expect(change(eventApp(one), eventApp(one, {}, 'order.received'))).toEqual(['!contract-removed', 'contract-added']);
  });

  it('a removed one is remembered, so that it cannot come back as something else', () => {
    const lock = lockAfter(eventApp(one), defineApp({}));

    expect(found(lock, defineApp({}))).toEqual([]);
    expect(found(lock, eventApp(two))).toEqual(['!data-incompatible data.b']);
  });

  it('an event that becomes a command breaks', () => {
    const event = defineApp({ actors: [defineActor('a').on(defineEvent('x', { data: one }), () => {})] });
    const order = defineApp({ actors: [defineActor('a').on(defineCommand('x', { data: one }), () => {})] });

    expect(change(event, order)).toEqual(['!kind-changed']);
  });
});

describe('versions', () => {
  it('a raised one with an upcast step bridges schemas that do not fit', () => {
    expect(change(eventApp(one), eventApp(two, { version: 2, upcast }))).toEqual(['schema-changed']);
  });

  it('a raised one without a step from the locked version breaks', () => {
    expect(change(eventApp(one), eventApp(one, { version: 2 }))).toEqual(['!upcaster-missing']);
  });

  it('a step that is taken away breaks what was stored before it, unless only the last schema counts', () => {
    const lock = lockAfter(eventApp(one), eventApp(two, { version: 2, upcast }));
    const app = eventApp(two, { version: 3, upcast: { 2: old => old } });

    expect(compareContracts(lock, app)).toEqual([
      {
        code: 'upcaster-missing',
        type: 'order.placed',
        version: 1,
        path: '',
        problem: 'Stored messages of version 1 have no upcast step to version 3.',
        fix: 'Add upcast: { 1: old => … }.',
        breaking: true,
      },
    ]);
    expect(found(lock, app, { transitive: false })).toEqual([]);
  });

  it('a step the first lock has seen counts, though no schema of its version is known', () => {
    const lock = lockAfter(eventApp(two, { version: 2, upcast }));

    expect(found(lock, eventApp(two, { version: 2 }))).toEqual(['!upcaster-missing']);
  });

  it('a lowered one breaks', () => {
    expect(change(eventApp(one, { version: 2, upcast }), eventApp(one))).toEqual(['!version-lowered']);
  });

  it('a raised one leaves no way back: earlier code reads no newer version', () => {
    const after = eventApp(one, { version: 2, upcast });

    expect(change(eventApp(one), after, { mode: 'forward' })).toEqual(['!version-raised']);
    expect(found(lockContracts(after, lockContracts(eventApp(one))), after, { mode: 'full' })).toEqual([]);
  });
});

describe('the history', () => {
  const number = z.object({ a: z.string(), b: z.int().optional() });
  const text = z.object({ a: z.string(), b: z.string().optional() });

  it('finds what two changes break that each alone does not', () => {
    const lock = lockAfter(eventApp(number), eventApp(one));

    expect(found(lock, eventApp(text))).toEqual(['!data-incompatible data.b']);
    expect(found(lock, eventApp(text), { transitive: false })).toEqual(['schema-changed']);
  });

  it('lets no update of the lock hide a broken schema', () => {
    const lock = lockAfter(eventApp(one), eventApp(two));

    expect(found(lock, eventApp(two))).toEqual(['!data-incompatible data.b']);
  });

  it('names a schema that does not fit once, however often it was locked', () => {
    const lock = lockAfter(eventApp(one), eventApp(z.object({ a: z.string().min(1) })));

    expect(found(lock, eventApp(z.object({ a: z.int() })))).toEqual(['!data-incompatible data.a']);
  });
});

describe('replies', () => {
  const yes = z.object({ ok: z.literal(true) });
  const both = z.object({ ok: z.boolean() });

  it('that are stored have to be readable by the caller', () => {
    expect(change(commandApp(one, both), commandApp(one, yes))).toEqual(['!reply-incompatible reply.ok']);
    expect(change(commandApp(one, yes), commandApp(one, both))).toEqual(['schema-changed']);
    expect(change(commandApp(one, yes), commandApp(one, both), { mode: 'forward' })).toEqual([
      '!reply-incompatible reply.ok',
    ]);
  });

  it('may go, and may not come: a caller may get one that was stored without', () => {
    expect(change(commandApp(one, yes), commandApp(one))).toEqual(['schema-changed']);
    expect(change(commandApp(one), commandApp(one, yes))).toEqual(['!reply-incompatible reply']);
  });

  it('have no upcast: a raised version does not bridge them, an updated lock does', () => {
    const [before, after] = [commandApp(one, both), commandApp(one, yes, { version: 2, upcast })];

    expect(change(before, after)).toEqual(['!reply-incompatible reply.ok']);
    expect(found(lockAfter(before, after), after)).toEqual([]);
  });
});

describe('what cannot be judged', () => {
  it('is said where a library has no JSON Schema', () => {
    const lock = lockContracts(eventApp(v.object({ a: v.string() })));

    expect(lock.contracts['order.placed']?.data).toBeNull();
    expect(found(lock, eventApp(v.object({ b: v.string() })))).toEqual(['schema-unknown data']);
    expect(found(lock, eventApp(one))).toEqual(['schema-unknown data']);
    expect(change(eventApp(one), eventApp(v.object({ a: v.string() })))).toEqual(['schema-unknown data']);
  });

  it('is said where a schema has none', () => {
    const unknown = z.object({ a: z.string().transform(text => text) });

    expect(lockContracts(eventApp(unknown)).contracts['order.placed']?.data).toBeNull();
  });
});

describe('sensitive paths', () => {
  it('that are taken away are noted', () => {
    expect(change(eventApp(one, { sensitive: ['a'] }), eventApp(one))).toEqual(['sensitive-removed data.a']);
  });
});

describe('a finding', () => {
  it('says what is wrong and what to do', () => {
    const lock = lockContracts(eventApp(one));
    const filled = eventApp(z.object({ a: z.string(), b: z.int().default(1) }));

    expect(compareContracts(lock, eventApp(two))).toEqual([
      {
        code: 'data-incompatible',
        type: 'order.placed',
        version: 1,
        path: 'data.b',
        problem: 'Stored data may not be readable: it is required, and may be missing in what was written.',
        fix: 'Accept the earlier data, or raise the version and add upcast: { 1: old => … }.',
        breaking: true,
      },
    ]);
    expect(compareContracts(lock, filled)).toEqual([
      expect.objectContaining({
        code: 'default-not-applied',
        fix: 'Raise the version and add upcast: { 1: old => old }; an upcast validates.',
      }),
    ]);
  });
});
