// The history of one address: every turn it had, whatever conversation the message was of, and what it caused.
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../../src/index.ts';
import { compile } from '../../../src/create-runtime.ts';
import type { PastTurn } from '../../../src/runtime/trace/history.ts';
import type { Turn } from '../../../src/runtime/turn/behavior.ts';
import type { Decision, Outgoing } from '../../../src/runtime/turn/decision.ts';
import { behaviorOf, programOf, startOf, taskOf } from '../../support/behavior-kit.ts';
import { commandOf, eventOf, launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Begun = eventOf('history.begun');
const Told = eventOf('history.told');
const Do = commandOf('history.do');

function outgoing(key: string): Outgoing {
  const data = { key, n: 0, text: '' };
  const none = { delayMs: undefined, ttlMs: undefined, headers: undefined };
  return { contract: Do, data, text: JSON.stringify(data), key, token: 't', ...none };
}

/** Begins once: asks the actor, arms a timer and starts a task; before that it puts everything aside. */
function turn({ kind, envelope, status, attempt }: Turn, decision: Decision): void {
  decision.detail = { was: status };
  if (envelope.type === Begun.type) {
    Object.assign(decision, { status: 'running', state: 1, changed: true, unstash: true });
    decision.outgoing = [outgoing('x')];
    decision.timers = [{ id: 'later', delayMs: 60_000, clock: 'wall', send: { tick: {} } }];
    decision.starts = [startOf('work', 1, { lane: 'l' })];
  } else if (envelope.type === Told.type && status === null) decision.stash = true;
  else if (kind === 'event' && attempt === 1) throw new Error('once');
}

const saga = behaviorOf('saga', {
  on: [Begun, Told],
  sends: [Do],
  tasks: [taskOf('work', async () => 1)],
  turn,
});
const doer = defineActor('doer').on(Do, () => 7);
const program = programOf(saga, ...compile(defineApp({ actors: [doer] })).behaviors);

const historyOf = ({ runtime }: Launched, ...[name, key, options]: Parameters<Launched['runtime']['turnsOf']>) =>
  runtime['turnsOf'](name, key, options);
const toLine = ({ message, handler, attempt, outcome, caused }: PastTurn): string =>
  `${handler}: ${message.type} ${message.kind} ${outcome} ${attempt} -> ${caused.map(({ type }) => type).join(', ')}`;

async function live(): Promise<Launched> {
  const launched = await launch(program);
  const { runtime, run, platform } = launched;
  await run(runtime.publish(Told, { key: 'a', text: 'early' }));
  await platform.advance(1_000);
  await run(runtime.publish(Begun, { key: 'a' }));
  await platform.advance(60_000);
  await run(runtime.publish(Told, { key: 'a', text: 'late' }));
  await run(runtime.publish(Begun, { key: 'b' }));
  await platform.advance(60_000);
  return launched;
}

const whole = [
  'history.told: history.told event stashed 1 -> ',
  'history.begun: history.begun event done 1 -> work.start, history.do, later',
  'history.told: history.told event failed 1 -> ',
  'self: history.do reply done 1 -> ',
  'work: work.start tick task-done 1 -> work.start.end',
  'work: work.start.end end done 1 -> ',
  'history.told: history.told event done 2 -> ',
  'self: later tick done 1 -> ',
  'history.told: history.told event failed 1 -> ',
  'history.told: history.told event done 2 -> ',
];

describe('the history of a saga', () => {
  it('has every turn in order, those of other conversations too, with what each caused', async () => {
    const launched = await live();

    const turns = historyOf(launched, 'saga', 'a');

    expect(turns.map(toLine).toSorted()).toEqual(whole.toSorted());
    const numbers = turns.map(one => one.turn);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('tells the message, the error and what was remembered', async () => {
    const launched = await live();
    const [early, begun] = historyOf(launched, 'saga', 'a');
    const failed = historyOf(launched, 'saga', 'a').find(({ outcome }) => outcome === 'failed');

    expect(early).toMatchObject({ detail: { was: null }, error: undefined, runMs: 0 });
    expect(early?.message).toMatchObject({ data: { text: 'early' }, source: 'edge', key: 'a', causationId: undefined });
    expect(begun?.at).toBe(begun?.message.time);
    expect(begun?.caused[1]).toMatchObject({ source: 'saga/a', key: 'x', causationId: begun?.message.id });
    expect(failed).toMatchObject({ error: 'Error: once', detail: undefined });
  });

  it('is there before the saga has begun', async () => {
    const launched = await launch(program);
    await launched.run(launched.runtime.publish(Told, { key: 'a' }));

    expect(historyOf(launched, 'saga', 'a').map(({ outcome }) => outcome)).toEqual(['stashed']);
  });

  it('is the same after a crash, and knows handlers that are gone', async () => {
    const old = await live();
    const before = historyOf(old, 'saga', 'a');
    const without = { ...saga, handlers: saga.handlers.filter(({ id }) => id !== Told.type) };

    const launched = await crash(old, { ...program, behaviors: [without, ...program.behaviors.slice(1)] });

    expect(historyOf(launched, 'saga', 'a')).toEqual(before);
  });

  it('comes in pages', async () => {
    const launched = await live();
    const all = historyOf(launched, 'saga', 'a');

    const first = historyOf(launched, 'saga', 'a', { limit: 3 });
    const rest = historyOf(launched, 'saga', 'a', { after: first.at(-1)!.turn });

    expect([...first, ...rest]).toEqual(all);
    expect(first).toHaveLength(3);
  });

  it('is found by the conversation, and costs a turn of it no index entry', async () => {
    const { store } = await live();

    const visits = store.database
      .prepare(
        'select m.type, t.visit from troupe_turns t join troupe_messages m ' +
          'on m.position = t.message where t.visit is not null',
      )
      .all();

    // Told before it began, told from outside, and a failed attempt of each.
    expect(visits).toEqual(Array.from({ length: 5 }, () => ({ type: Told.type, visit: 'a' })));
  });
});

describe('the history of an actor', () => {
  it('has the turns of its key', async () => {
    const launched = await live();

    expect(historyOf(launched, 'doer', 'x').map(toLine)).toEqual([
      'history.do: history.do command done 1 -> history.do',
      'history.do: history.do command done 1 -> history.do',
    ]);
    expect(historyOf(launched, 'doer', 'y')).toEqual([]);
  });

  it('is refused where there is no such actor', async () => {
    const launched = await live();

    expect(() => historyOf(launched, 'nobody', 'x')).toThrow(expect.objectContaining({ code: 'unknown-definition' }));
  });
});
