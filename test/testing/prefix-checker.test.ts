import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordHistory } from '../../src/testing/history.ts';
import { checkPrefix } from '../../src/testing/prefix-checker.ts';

/** A history of writers, and what a log says to it. */
function setup() {
  const history = recordHistory<{ readonly id: string }>();
  const invoke = (process: string, id: string) => history.invoke(process, { id });
  const check = (log: readonly string[], durability?: 'full' | 'relaxed') =>
    checkPrefix(history, log, { entry: ({ id }) => id, durability }).problems;
  return { history, invoke, check };
}

describe('the check of a durable log: H14', () => {
  it('accepts what was acknowledged, whatever way the processes interleave', () => {
    const { invoke, check } = setup();
    for (const id of ['a1', 'a2', 'b1']) invoke(id.slice(0, 1), id).ok();
    expect([check(['a1', 'a2', 'b1']), check(['b1', 'a1', 'a2']), check(['a1', 'b1', 'a2'])]).toEqual([[], [], []]);
  });

  it('refuses the loss of what was acknowledged', () => {
    const { invoke, check } = setup();
    invoke('a', 'a1').ok();
    invoke('a', 'a2').ok();
    expect(check(['a1'])).toEqual(['a2 of a is acknowledged and lost.']);
  });

  it('refuses an order that the writer cannot have meant', () => {
    const { invoke, check } = setup();
    for (const id of ['a1', 'a2', 'a3']) invoke('a', id).ok();
    expect(check(['a1', 'a3', 'a2'])).toEqual(['a3 of a is before a2, which was acknowledged before it began.']);
    expect(check(['a2', 'a1', 'a3'])).toHaveLength(1);
  });

  it('accepts any order of what one process wrote at the same time', () => {
    const { invoke, check } = setup();
    const calls = [invoke('a', 'a1'), invoke('a', 'a2')];
    for (const call of calls) call.ok();
    expect(check(['a2', 'a1'])).toEqual([]);
  });

  it('takes what is unknown as both, but only once, and not before what ended first', () => {
    const { invoke, check } = setup();
    invoke('a', 'a1').ok();
    invoke('a', 'a2').unknown();
    invoke('a', 'a3');
    invoke('a', 'a4').ok();
    const good = [
      ['a1', 'a4'],
      ['a1', 'a2', 'a4'],
      ['a1', 'a4', 'a3', 'a2'],
    ];
    expect(good.flatMap(log => check(log))).toEqual([]);
    expect(check(['a1', 'a2', 'a4', 'a2'])).toEqual(['a2 is in the log twice.']);
    expect(check(['a2', 'a1', 'a4'])).toHaveLength(1);
  });

  it('refuses what nobody wrote, and what failed', () => {
    const { invoke, check } = setup();
    invoke('a', 'a1').fail(new Error('refused'));
    expect(check(['a1', 'ghost'])).toEqual([
      'ghost is in the log, but nobody wrote it.',
      'a1 failed, but it is in the log.',
    ]);
  });

  it('accepts what failed and was tried again', () => {
    const { invoke, check } = setup();
    invoke('a', 'a1').fail(new Error('refused'));
    invoke('a', 'a1').ok();
    expect(check(['a1'])).toEqual([]);
  });

  it('accepts the loss of the newest with relaxed durability, and refuses a hole', () => {
    const { invoke, check } = setup();
    for (const id of ['a1', 'b1', 'a2', 'b2']) invoke(id.slice(0, 1), id).ok();
    expect([check(['a1', 'b1'], 'relaxed'), check([], 'relaxed')]).toEqual([[], []]);
    expect(check(['a1', 'a2', 'b2'], 'relaxed')).toEqual([
      'a2 is in the log, but not b1, which was acknowledged before.',
      'b2 is in the log, but not b1, which was acknowledged before.',
    ]);
  });

  it('counts what was acknowledged, and what had an unknown end but is there', () => {
    const { history, invoke } = setup();
    invoke('a', 'a1').ok();
    invoke('a', 'a2');
    invoke('a', 'a3');
    const result = checkPrefix(history, ['a1', 'a3'], { entry: ({ id }) => id });
    expect(result).toEqual({ verdict: 'ok', problems: [], acknowledged: 1, recovered: 1 });
  });

  it('leaves out operations without an entry', () => {
    const { history, invoke, check } = setup();
    invoke('a', 'read').ok();
    expect(check([])).toHaveLength(1);
    const entry = ({ id }: { readonly id: string }) => (id === 'read' ? undefined : id);
    expect(checkPrefix(history, [], { entry }).verdict).toBe('ok');
  });

  it('accepts every interleaving of honest writers, and refuses it with one entry lost, doubled, moved or made up', () => {
    const writes = fc.array(fc.record({ process: fc.nat(3), isUnknown: fc.boolean() }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(writes, fc.nat(), (all, place) => {
        const { invoke, check } = setup();
        const log: string[] = [];
        for (const [number, { process, isUnknown }] of all.entries()) {
          const call = invoke(`p${process}`, `p${process}-${number}`);
          if (!isUnknown) call.ok();
          if (!isUnknown || number % 2 === 0) log.push(`p${process}-${number}`);
        }
        expect(check(log)).toEqual([]);
        const acked = log.filter(id => !all[Number(id.split('-')[1])]?.isUnknown);
        const victim = acked[place % acked.length];
        fc.pre(victim !== undefined);
        const others = log.filter(id => id !== victim);
        const isAlone = others.every(id => !acked.includes(id) || id[1] !== victim[1]);
        expect(check(others)).not.toEqual([]);
        expect(check([...log, victim])).not.toEqual([]);
        expect(check([...log, 'ghost'])).not.toEqual([]);
        expect(check(others, 'relaxed').length > 0).toBe(others.some(id => log.indexOf(id) > log.indexOf(victim)));
        const last = acked.findLast(id => id[1] === victim[1]);
        if (!isAlone && victim !== last) expect(check([...others, victim])).not.toEqual([]);
      }),
    );
  });
});
