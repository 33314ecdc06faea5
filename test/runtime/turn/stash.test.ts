// The stash: messages put aside and brought back, over aborts, crashes, holds and the limits.
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { renderTrace } from '../../../src/index.ts';
import type { Turn } from '../../../src/runtime/turn/behavior.ts';
import type { Decision } from '../../../src/runtime/turn/decision.ts';
import { behaviorOf, programOf } from '../../support/behavior-kit.ts';
import { commandOf, eventOf, launch, tables, type Launched, type LaunchOptions } from '../../support/kernel-kit.ts';
import { crash, restart } from '../../support/restart.ts';

/** Put aside until the address is open, then written down. */
const Note = eventOf('stash.note');
const Query = commandOf('stash.query');
/** Opens the address for good and brings everything back. */
const Open = eventOf('stash.open');
/** Brings everything back without opening: it is all put aside again. */
const Stir = eventOf('stash.stir');
/** Arms a timer whose tick is put aside like a note; with `n` cancels it. */
const Arm = eventOf('stash.arm');
const Written = eventOf('stash.written');

const where = { name: 'desk' } as const;

function turn({ kind, data, envelope, state }: Turn, decision: Decision): void {
  const log = state as readonly string[] | null;
  const { n, text } = data as { readonly n: number; readonly text: string };
  if (envelope.type === Open.type) {
    decision.state = ['open', ...(log ?? [])];
    decision.changed = true;
    decision.unstash = true;
  } else if (envelope.type === Stir.type) decision.unstash = true;
  else if (envelope.type === Arm.type && n > 0) decision.cancelled = ['t'];
  else if (envelope.type === Arm.type) {
    decision.timers = [{ id: 't', delayMs: 1_000, clock: 'wall', send: { tick: { text: 'tick', n: 0 } } }];
  } else if (log === null) {
    decision.stash = true;
    if (n === 9) decision.outcome = 'too early';
    if (n === 8) {
      decision.outgoing = [
        {
          contract: Written,
          data: { key: 'a', n, text },
          text: JSON.stringify({ key: 'a', n, text }),
          key: 'a',
          delayMs: undefined,
          ttlMs: undefined,
          headers: undefined,
          token: undefined,
        },
      ];
    }
  } else {
    if (text === 'bad') throw new Error('bad note');
    decision.state = [...log, kind === 'command' ? `asked ${text}` : text];
    decision.changed = true;
    decision.reply = log.length;
  }
}

const desk = behaviorOf('desk', {
  on: [Note, Query, Open, Stir, Arm],
  publishes: [Written],
  retryOrder: 'block',
  turn,
});
const program = programOf(desk);

const logOf = ({ runtime }: Launched, key = 'a'): unknown => runtime.state(where as never, key);
const put = ({ runtime, run }: Launched, ...texts: string[]): Promise<unknown> =>
  run(Promise.all(texts.map(text => runtime.publish(Note, { key: 'a', text }))));
const open = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Open, { key: 'a' }));
const statuses = ({ store }: Launched): unknown => store.deliveries.all().map(({ status }) => status);

/** Fails the next commit of a turn in a way that puts everything back and runs it again. */
function failCommit({ store }: Launched): void {
  const commit = store.commit.bind(store);
  store.commit = batch => {
    if (batch.turns.length === 0) {
      commit(batch);
      return;
    }
    store.commit = commit;
    throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
  };
}

describe('a message that is put aside', () => {
  it('leaves the mailbox to the next one and comes back before what waits', async () => {
    const launched = await launch(program);
    await put(launched, '1', '2');
    expect(statuses(launched)).toEqual(['stashed', 'stashed']);
    expect(launched.runtime.info().stashed).toBe(2);

    const { runtime, run } = launched;
    await run(runtime.pause(where, { key: 'a' }));
    await run(Promise.all([runtime.publish(Open, { key: 'a' }), runtime.publish(Note, { key: 'a', text: '3' })]));
    await run(runtime.resume(where, { key: 'a' }));

    expect(logOf(launched)).toEqual(['open', '1', '2', '3']);
    expect(statuses(launched)).toEqual([]);
    expect(launched.runtime.info().stashed).toBe(0);
  });

  it('comes back in the drain that put it aside, when it never had a row', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;

    await run(
      Promise.all([
        runtime.publish(Note, { key: 'a', text: '1' }),
        runtime.publish(Note, { key: 'a', text: '2' }),
        runtime.publish(Open, { key: 'a' }),
        runtime.publish(Note, { key: 'a', text: '3' }),
      ]),
    );

    expect(logOf(launched)).toEqual(['open', '1', '2', '3']);
    expect(tables(launched.store)['deliveries']).toEqual([]);
  });

  it('may be put aside again and again, in its place', async () => {
    const launched = await launch(program, { turns: 3 });
    await put(launched, '1', '2');
    await launched.run(launched.runtime.publish(Stir, { key: 'a' }));
    await put(launched, '3');
    await launched.run(launched.runtime.publish(Stir, { key: 'a' }));

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1', '2', '3']);
  });

  it('comes back before what came later, whichever was put aside first', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    await put(launched, '1');
    await run(runtime.send(Query, { key: 'a', text: '2' }));
    // Only the query goes through the mailbox again, and is now the first of the stash.
    await run(runtime.pause(where, { on: Note }));
    await run(runtime.publish(Stir, { key: 'a' }));
    await run(runtime.resume(where, { on: Note }));

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1', 'asked 2']);
  });

  it('is not brought back by the decision that puts it aside', async () => {
    const both = behaviorOf('desk', {
      on: [Note],
      turn: (_, decision) => Object.assign(decision, { stash: true, unstash: true }),
    });
    const launched = await launch(programOf(both));

    await put(launched, '1');

    expect(statuses(launched)).toEqual(['stashed']);
  });

  it('leaves other addresses alone', async () => {
    const launched = await launch(program);
    await put(launched, '1');

    await launched.run(launched.runtime.publish(Open, { key: 'b' }));

    expect(statuses(launched)).toEqual(['stashed']);
    expect(logOf(launched, 'b')).toEqual(['open']);
  });

  it('needs no state row, and keeps the rest of the decision', async () => {
    const launched = await launch(program);
    const written: string[] = [];
    launched.runtime.tap(Written, ({ data }) => written.push(data.text));

    await launched.run(launched.runtime.publish(Note, { key: 'a', n: 8, text: 'sent' }));

    expect(written).toEqual(['sent']);
    expect(tables(launched.store)['states']).toEqual([]);
  });

  it('is told of in the trace, with the outcome the decision gives', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    const plain = await run(runtime.publish(Note, { key: 'a' }));
    const named = await run(runtime.publish(Note, { key: 'a', n: 9 }));

    const [node] = runtime.trace(plain.id).roots;
    expect(node?.turns).toMatchObject([{ outcome: 'stashed', attempt: 1 }]);
    expect(node?.open).toMatchObject([{ what: 'stashed', due: 0 }]);
    expect(runtime.trace(named.id).roots[0]?.turns).toMatchObject([{ outcome: 'too early' }]);
    expect(renderTrace(runtime.trace(plain.id), 'tree')).toContain('put aside');
  });

  it('is counted by why, which names the oldest', async () => {
    const launched = await launch(program);
    const { runtime, run, platform } = launched;
    const first = await run(runtime.publish(Note, { key: 'a', text: '1' }));
    const since = platform.wallMs();
    await platform.advance(60_000);
    expect(runtime.why(where, 'a').text).toContain('it came 1 m ago');
    await put(launched, '2');

    const { status, reasons, text } = runtime.why(where, 'a');

    expect(status).toBe('waiting');
    expect(reasons).toEqual([{ kind: 'stashed', messageId: first.id, type: Note.type, since, count: 2 }]);
    expect(text).toContain('2 messages are put aside');
  });
});

describe('a command that is put aside', () => {
  it('K21 is answered when it has been handled, not before', async () => {
    const launched = await launch(program);
    const { runtime, run, settled } = launched;
    const asked = runtime.ask(Query, { key: 'a', text: 'x' }, { idempotencyKey: 'q' });
    await settled();
    const again = runtime.ask(Query, { key: 'a', text: 'x' }, { idempotencyKey: 'q' });
    await settled();

    await open(launched);

    expect(await run(asked)).toBe(1);
    expect(await run(again)).toBe(1);
    expect(logOf(launched)).toEqual(['open', 'asked x']);
  });

  it('expires where its time is over when it comes back', async () => {
    const launched = await launch(program);
    const { runtime, settled, platform } = launched;
    const refused = expect(runtime.ask(Query, { key: 'a' }, { ttl: '1s', timeout: '1h' })).rejects.toMatchObject({
      code: 'expired',
    });
    await settled();
    await platform.advance(2_000);

    await open(launched);

    await refused;
    expect(logOf(launched)).toEqual(['open']);
  });
});

describe('a tick that is put aside', () => {
  it('comes back as the tick of its timer', async () => {
    const launched = await launch(program);
    const { runtime, run, platform } = launched;
    await run(runtime.publish(Arm, { key: 'a' }));
    await platform.advance(1_000);
    expect(statuses(launched)).toEqual(['stashed']);

    await open(launched);

    expect(logOf(launched)).toEqual(['open', 'tick']);
    expect(tables(launched.store)['timers']).toEqual([]);
  });

  it('K23 is not handled where its timer was cancelled meanwhile, even over a crash', async () => {
    const old = await launch(program);
    await old.run(old.runtime.publish(Arm, { key: 'a' }));
    await old.platform.advance(1_000);
    const launched = await crash(old, program);
    await launched.run(launched.runtime.publish(Arm, { key: 'a', n: 1 }));

    await open(launched);

    expect(logOf(launched)).toEqual(['open']);
    expect(statuses(launched)).toEqual([]);
  });
});

describe('the stash', () => {
  it('is there after a crash, in its order', async () => {
    const old = await launch(program);
    await put(old, '1', '2');
    const launched = await crash(old, program);
    await put(launched, '3');
    expect(launched.runtime.info().stashed).toBe(3);

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1', '2', '3']);
  });

  it('is there after a clean stop', async () => {
    const database = new Database(':memory:');
    const old = await launch(program, { database });
    await put(old, '1');
    const launched = await restart(old, program);
    await launched.settled();
    expect(logOf(launched)).toBeUndefined();

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1']);
  });

  it('is brought back once where the process dies behind the commit', async () => {
    const old = await launch(program, { turns: 1 });
    await put(old, '1', '2');
    let turns = 0;
    const accepted = old.runtime.publish(Open, { key: 'a' });
    // Accepts the event, then runs it: what it brings back is open, and has had no turn.
    while (turns < 2) {
      await Promise.resolve();
      if (old.platform.step()) turns += 1;
    }
    await accepted;
    expect(statuses(old)).toEqual(['open', 'open']);

    const launched = await crash(old, program);
    await launched.settled();

    expect(logOf(launched)).toEqual(['open', '1', '2']);
  });

  it.each([1, 2, 512])('K3 is as it was where the commit fails, %i turns to a drain', async turns => {
    const launched = await launch(program, { turns });
    const { runtime, platform } = launched;
    await put(launched, '1', '2');
    failCommit(launched);
    const third = runtime.publish(Note, { key: 'a', text: '3' });
    await platform.advance(1_000);
    await third;
    expect(runtime.info().stashed).toBe(3);

    failCommit(launched);
    const opened = runtime.publish(Open, { key: 'a' });
    await platform.advance(1_000);
    await opened;

    expect(logOf(launched)).toEqual(['open', '1', '2', '3']);
    expect(launched.kernel.registration('desk')?.pending).toBe(0);
  });

  it('K3 goes back to what it was where a neighbour breaks the drain', async () => {
    const launched = await launch(program);
    await put(launched, '1');
    const { store } = launched;
    const commit = store.commit.bind(store);
    store.commit = batch => {
      if (batch.turns.length > 1) throw Object.assign(new Error('constraint'), { code: 'SQLITE_CONSTRAINT' });
      commit(batch);
    };

    await open(launched);
    await put(launched, '2');

    expect(logOf(launched)).toEqual(['open', '1', '2']);
  });

  it('outlives its instance in the cache', async () => {
    const launched = await launch(program, { limits: { cachedInstances: 1 } });
    await put(launched, '1');
    const { runtime, run, kernel } = launched;
    for (const key of ['b', 'c', 'd', 'e']) await run(runtime.publish(Open, { key }));
    const registration = kernel.registration('desk')!;
    expect(kernel.instances.find(registration, 'a')).toBeUndefined();

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1']);
  });

  it('stays aside while its instance is held, and when it is released', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    await put(launched, '1');
    await run(runtime.pause(where, { key: 'a' }));
    await put(launched, '2');
    expect(runtime.why(where, 'a').reasons.map(({ kind }) => kind)).toEqual(['paused', 'ready', 'stashed']);

    await run(runtime.resume(where, { key: 'a' }));
    expect(statuses(launched)).toEqual(['stashed', 'stashed']);
    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1', '2']);
  });

  it('is left to the turn where it is held and released in one drain', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    await put(launched, '1');

    // Stirred and put aside again, then held and released, all before the rows are written.
    await run(
      Promise.all([
        runtime.publish(Stir, { key: 'a' }),
        runtime.publish(Note, { key: 'a', text: '2' }),
        runtime.pause(where, { key: 'a' }),
        runtime.resume(where, { key: 'a' }),
      ]),
    );
    expect(runtime.info().stashed).toBe(2);
    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1', '2']);
  });

  it('gives back what a hold of the same drain leaves to the disk', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    await put(launched, 'bad', '2');

    // The first note fails, is tried again later, and blocks the second meanwhile.
    const at = { key: 'a' };
    await run(Promise.all([runtime.publish(Open, at), runtime.pause(where, at), runtime.resume(where, at)]));
    await launched.platform.advance(600_000);

    expect(runtime.deadLetters.list()).toMatchObject([{ type: Note.type, attempts: 5 }]);
    await run(runtime.deadLetters.discard(runtime.deadLetters.list()[0]!.id));
    expect(logOf(launched)).toEqual(['open', '2']);
  });

  it('waits on disk for a handler that is paused', async () => {
    const launched = await launch(program);
    const { runtime, run } = launched;
    await put(launched, '1');
    await run(runtime.pause(where, { on: Note }));

    await open(launched);
    expect(statuses(launched)).toEqual(['open']);
    expect(logOf(launched)).toEqual(['open']);
    await run(runtime.resume(where, { on: Note }));

    expect(logOf(launched)).toEqual(['open', '1']);
    expect(launched.kernel.registration('desk')?.pending).toBe(0);
  });

  it('forgets attempts that failed before', async () => {
    let fails = 2;
    const shaky = behaviorOf('desk', {
      on: [Note, Open],
      turn: (one, decision) => {
        if (one.envelope.type === Note.type && fails-- > 0) throw new Error('not yet');
        turn(one, decision);
      },
    });
    const launched = await launch(programOf(shaky));
    await put(launched, '1');
    await launched.platform.advance(60_000);
    expect(launched.store.deliveries.all()).toMatchObject([{ status: 'stashed', attempts: 0, failures: null }]);
    const outcomes = launched.store.messages.turnsOf(1).map(({ attempt, outcome }) => `${outcome} ${attempt}`);
    expect(outcomes).toEqual(['failed 1', 'failed 2', 'stashed 3']);
  });

  it('takes 1,000 messages by default, and makes the next a dead letter', async () => {
    const launched = await launch(program);
    await put(launched, ...Array.from({ length: 1_001 }, (_, n) => String(n)));

    expect(launched.runtime.info()).toMatchObject({ stashed: 1_000, deadLetters: 1 });
    expect(launched.runtime.deadLetters.list()).toMatchObject([{ reason: 'stash-full', data: { text: '1000' } }]);
  });

  it('answers a command it has no room for with an error, and takes it at a retry', async () => {
    const options: LaunchOptions = { limits: { stashPerAddress: 1 } };
    const launched = await launch(program, options);
    const { runtime, run } = launched;
    await put(launched, '1');
    await expect(run(runtime.ask(Query, { key: 'a', text: 'x' }))).rejects.toMatchObject({ code: 'handler-failed' });

    await open(launched);
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]!.id));

    expect(logOf(launched)).toEqual(['open', '1', 'asked x']);
  });

  it('K16 is buried with a saga that is dropped on purpose', async () => {
    const old = await launch(program);
    await put(old, '1');

    await expect(crash(old, programOf())).rejects.toMatchObject({ code: 'orphaned-work' });
    const launched = await crash(old, programOf(), { dropOrphans: ['desk'] });

    expect(launched.runtime.deadLetters.list()).toMatchObject([{ reason: 'dropped', address: 'desk/a' }]);
    expect(statuses(launched)).toEqual([]);
  });

  it('K15 keeps its messages in the log', async () => {
    const launched = await launch(program);
    await put(launched, '1');
    await launched.platform.advance(30 * 86_400_000);
    launched.runtime.prune();

    await open(launched);

    expect(logOf(launched)).toEqual(['open', '1']);
  });
});
