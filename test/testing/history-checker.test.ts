import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TroupeError } from '../../src/index.ts';
import { checkLinearizable } from '../../src/testing/history-checker.ts';
import { recordHistory, type HistoryRecorder } from '../../src/testing/history.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Execution, hasOrder, list, register, steps, type RegisterOp } from './history-kit.ts';

type Registered = HistoryRecorder<RegisterOp, number>;

/** A register's history, and the two calls that most histories are made of. */
function setup() {
  const history: Registered = recordHistory();
  const write = (process: string, value: number): void => history.invoke(process, { write: value }).ok();
  const read = (process: string, value: number): void => history.invoke(process, {}).ok(value);
  return { history, write, read, check: () => checkLinearizable(history, register) };
}

describe('the linearizability checker: H14', () => {
  it('accepts what happened one after the other', () => {
    const { write, read, check } = setup();
    write('a', 1);
    read('b', 1);
    write('a', 2);
    read('b', 2);
    expect(check()).toMatchObject({ verdict: 'ok', operations: 4, partitions: 1, counterExample: undefined });
  });

  it('refuses a stale read, and names it', () => {
    const { write, read, check } = setup();
    write('a', 1);
    write('a', 2);
    read('b', 1);
    const { verdict, counterExample } = check();
    expect(verdict).toBe('violated');
    expect(counterExample).toMatchObject({ blocked: { process: 'b', result: 1 }, state: 2, pending: [] });
    expect(counterExample?.explained.map(({ op }) => op.write)).toEqual([1, 2]);
  });

  it('accepts the old and the new value while a write is under way, but not the old one after the new one', () => {
    const { history, read, check } = setup();
    const slow = history.invoke('a', { write: 1 });
    read('b', 0);
    read('c', 1);
    slow.ok();
    expect(check().verdict).toBe('ok');
    const slower = history.invoke('a', { write: 2 });
    read('b', 2);
    read('c', 1);
    slower.ok();
    expect(check()).toMatchObject({ verdict: 'violated', counterExample: { blocked: { process: 'c', result: 1 } } });
  });

  it('refuses a lost acknowledged write', () => {
    const { write, read, check } = setup();
    write('a', 1);
    read('b', 0);
    expect(check().verdict).toBe('violated');
  });

  it('refuses an append that was applied twice', () => {
    const history = recordHistory<RegisterOp, readonly number[]>();
    history.invoke('a', { write: 1 }).ok([1]);
    history.invoke('b', {}).ok([1, 1]);
    expect(checkLinearizable(history, list).verdict).toBe('violated');
  });

  it('refuses two appends in an order that the clients did not see', () => {
    const history = recordHistory<RegisterOp, readonly number[]>();
    history.invoke('a', { write: 1 }).ok();
    history.invoke('b', { write: 2 }).ok();
    history.invoke('c', {}).ok([2, 1]);
    expect(checkLinearizable(history, list).verdict).toBe('violated');
  });

  it('refuses a value that nobody wrote', () => {
    const { write, read, check } = setup();
    write('a', 1);
    read('b', 7);
    expect(check().verdict).toBe('violated');
  });

  it('takes what is unknown as both: applied when a read shows it, and not when none does', () => {
    const shown = setup();
    shown.history.invoke('a', { write: 1 }).unknown();
    shown.read('b', 0);
    shown.read('b', 1);
    const hidden = setup();
    hidden.history.invoke('a', { write: 1 });
    hidden.read('b', 0);
    hidden.write('b', 2);
    hidden.read('b', 2);
    expect([shown.check().verdict, hidden.check().verdict]).toEqual(['ok', 'ok']);
  });

  it('refuses an unknown write that is applied twice', () => {
    const { history, write, read, check } = setup();
    history.invoke('a', { write: 1 }).unknown();
    read('b', 1);
    write('b', 2);
    read('b', 1);
    expect(check().verdict).toBe('violated');
  });

  it('refuses an unknown write that is seen before it was invoked', () => {
    const { history, read, check } = setup();
    read('b', 1);
    history.invoke('a', { write: 1 }).unknown();
    expect(check().verdict).toBe('violated');
  });

  it('lets an unknown write take effect late, unless a recorded crash came between', () => {
    const late = setup();
    late.history.invoke('a', { write: 1 });
    late.read('b', 0);
    late.read('b', 1);
    const crashed = setup();
    crashed.history.invoke('a', { write: 1 });
    crashed.history.crash();
    crashed.read('b', 0);
    crashed.read('b', 1);
    const recovered = setup();
    recovered.history.invoke('a', { write: 1 });
    recovered.history.crash();
    recovered.read('b', 1);
    expect([late, crashed, recovered].map(({ check }) => check().verdict)).toEqual(['ok', 'violated', 'ok']);
  });

  it('keeps what may have happened before a crash in front of what is read after it', () => {
    const { history, read, check } = setup();
    history.invoke('lost', { write: 1 });
    const look = history.invoke('slow', {});
    const back = history.invoke('back', { write: 0 });
    history.crash();
    read('b', 0);
    look.ok(1);
    back.ok();
    expect(check().verdict).toBe('ok');
  });

  it('takes a failed operation as one without an effect, or as unknown on demand', () => {
    const { history, read, check } = setup();
    history.invoke('a', { write: 1 }).fail(new Error('refused'));
    read('b', 1);
    expect(check().verdict).toBe('violated');
    expect(checkLinearizable(history, register, { failed: 'unknown' }).verdict).toBe('ok');
  });

  it('checks each partition by itself, and shows the smallest counter-example', () => {
    type Op = RegisterOp & { readonly at: string };
    const history = recordHistory<Op, number>();
    for (const at of ['x', 'y', 'z']) history.invoke('a', { at, write: 1 }).ok();
    history.invoke('a', { at: 'x', write: 2 }).ok();
    history.invoke('b', { at: 'x' }).ok(1);
    history.invoke('b', { at: 'y' }).ok(1);
    history.invoke('b', { at: 'z' }).ok(0);
    const model = { ...register, partition: ({ at }: Op) => at };
    expect(checkLinearizable(history, model)).toMatchObject({
      verdict: 'violated',
      partitions: 3,
      operations: 7,
      counterExample: { partition: 'z', blocked: { result: 0 } },
    });
  });

  it('prints the counter-example with its time lines', () => {
    const { history, write, read, check } = setup();
    history.invoke('lost', { write: 9 }).unknown();
    const slow = history.invoke('slow', { write: 3 });
    for (const value of [1, 2]) write('a', value);
    read('b', 1);
    slow.ok();
    expect(check().text).toMatchInlineSnapshot(`
      "Not linearizable: no order of these operations explains the last end.
      Explained, in this order:
        a: {"write":1} → ok
        a: {"write":2} → ok
        which leaves 2
      Has no place, then or before:
        b: {} → 1
      Time lines (not explained: !):
        lost ├─┤                  {"write":9} ? unknown
        slow     ├┄┄┄┄┄┄┄┄┄┄┄┄┄┄  {"write":3} → ok
        a          ├─┤            {"write":1} → ok
        a              ├─┤        {"write":2} → ok
      ! b                  ├─┤    {} → 1"
    `);
  });

  it('says undecided, with the furthest point, when it would have to look at too many states', () => {
    const history = recordHistory<RegisterOp, readonly number[]>();
    for (let n = 1; n <= 12; n++) history.invoke(`u${n}`, { write: n }).unknown();
    history.invoke('b', {}).ok([99]);
    const result = checkLinearizable(history, list, { maxStates: 1_000 });
    expect(result).toMatchObject({ verdict: 'undecided', counterExample: { blocked: { process: 'b' } } });
    expect(result.states).toBeLessThan(1_100);
    expect(result.text).toContain('1000 states were looked at');
  });

  it('looks at alike operations with an unknown end once', () => {
    const history = recordHistory<object, number>();
    for (let n = 0; n < 40; n++) history.invoke(`u${n}`, {}).unknown();
    history.invoke('b', {}).ok(42);
    const counter = {
      init: () => 0,
      step: (state: number, _: object, result: number | undefined) =>
        result === undefined || result === state + 1 ? state + 1 : undefined,
    };
    const { verdict, states } = checkLinearizable(history, counter);
    expect({ verdict, states }).toEqual({ verdict: 'violated', states: 41 });
  });

  it('refuses a limit that is no positive number', () => {
    expect(() => checkLinearizable(recordHistory(), register as never, { maxStates: 0 })).toThrow(TroupeError);
  });

  it('needs few states for 1,000 operations of ten processes at one address, with one in twenty unknown', () => {
    const random = seededRandom(14);
    const execution = new Execution<number, number>(0, applyRegister);
    const script = Array.from({ length: 3_000 }, () => ({
      process: Math.floor(random() * 10),
      write: random() < 0.5 ? Math.floor(random() * 1_000) : undefined,
      what: random() < 0.02 ? ('give up' as const) : ('go on' as const),
    }));
    const result = checkLinearizable(execution.run(script), register);
    expect(result.verdict, result.text).toBe('ok');
    expect(result.operations).toBeGreaterThan(950);
    expect(result.states).toBeLessThan(10_000);
  });
});

const applyRegister = (state: number, { write }: RegisterOp): readonly [number, number | undefined] =>
  write === undefined ? [state, state] : [write, undefined];
const applyList = (
  state: readonly number[],
  { write }: RegisterOp,
): readonly [readonly number[], readonly number[]] => {
  const next = write === undefined ? state : [...state, write];
  return [next, next];
};

describe('random executions: H14', () => {
  const small = steps.filter(all => all.filter(({ what }) => what === 'go on').length < 19);

  it('accepts every real execution of a register and of a list', () => {
    fc.assert(
      fc.property(steps, all => {
        const honest = all.filter(({ what }) => what !== 'lie');
        expect(checkLinearizable(new Execution(0, applyRegister).run(honest), register).verdict).toBe('ok');
        expect(checkLinearizable(new Execution([], applyList).run(honest), list).verdict).toBe('ok');
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the verdict of every permutation on executions that lie or lose a write', () => {
    const verdicts = { ok: 0, violated: 0, undecided: 0 };
    const loseRegister: typeof applyRegister = (state, op) =>
      op.write === 3 ? [state, undefined] : applyRegister(state, op);
    const loseList: typeof applyList = (state, op) => (op.write === 3 ? [state, [...state, 3]] : applyList(state, op));
    const oneMore = (result: number | undefined): number | undefined =>
      result === undefined ? result : (result + 1) % 4;
    const reversed = (result: readonly number[] | undefined): readonly number[] => (result ?? []).toReversed();
    fc.assert(
      fc.property(small, all => {
        const numbers = new Execution(0, loseRegister, oneMore).run(all);
        const lists = new Execution([], loseList, reversed).run(all);
        const ofNumbers = checkLinearizable(numbers, register).verdict;
        const ofLists = checkLinearizable(lists, list).verdict;
        expect(ofNumbers).toBe(hasOrder(numbers, register) ? 'ok' : 'violated');
        expect(ofLists).toBe(hasOrder(lists, list) ? 'ok' : 'violated');
        verdicts[ofNumbers] += 1;
        verdicts[ofLists] += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(verdicts.ok, verdicts.violated)).toBeGreaterThan(100);
  });
});
