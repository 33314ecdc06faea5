import { describe, expect, it } from 'vitest';
import { operationsOf, readHistory, recordHistory } from '../../src/testing/history.ts';

/** A recorder that writes to a text, as one process after the other does to a file. */
function setup() {
  const file = { text: '' };
  const open = () => recordHistory<string, number>({ append: text => (file.text += text) });
  return { file, open, read: () => readHistory<string, number>(file.text) };
}

describe('a recorded history: H14', () => {
  it('writes each record as one line before the call returns', () => {
    const { file, open } = setup();
    const history = open();
    const call = history.invoke('a', 'push');
    expect(file.text.trim()).toBe('{"index":0,"process":"a","op":"push","type":"invoke"}');
    call.ok(1);
    expect(file.text.trim().split('\n')[1]).toBe('{"index":0,"process":"a","op":"push","type":"ok","value":1}');
  });

  it('pairs the ends with their invocations, and takes what never ended as unknown', () => {
    const { open, read } = setup();
    const history = open();
    const slow = history.invoke('a', 'slow');
    history.invoke('b', 'fast').ok(7);
    slow.fail(new Error('refused'));
    history.invoke('b', 'given up').unknown();
    history.invoke('a', 'open');
    const ends = operationsOf(read()).map(({ op, end, result }) => [op, end, result]);
    expect(ends).toEqual([
      ['slow', 'fail', undefined],
      ['fast', 'ok', 7],
      ['given up', 'unknown', undefined],
      ['open', 'unknown', undefined],
    ]);
    expect(read().records).toEqual(history.records);
  });

  it('reads several recordings in one file, and the crashes between them', () => {
    const { open, read } = setup();
    open().invoke('a', 'first');
    const second = open();
    second.crash();
    second.invoke('a', 'second').ok(2);
    expect(operationsOf(read()).map(({ op, end, epoch }) => [op, end, epoch])).toEqual([
      ['first', 'unknown', 0],
      ['second', 'ok', 1],
    ]);
  });

  it('leaves out a line that a kill has torn, wherever it was torn', () => {
    const { file, open, read } = setup();
    const first = open();
    const before = file.text;
    first.invoke('a', 'torn');
    const whole = file.text;
    for (let length = before.length; length < whole.length; length++) {
      file.text = whole.slice(0, length);
      open().invoke('b', 'next').ok();
      const isWritten = length === whole.length - 1;
      expect(operationsOf(read()).map(({ op }) => op)).toEqual(isWritten ? ['torn', 'next'] : ['next']);
    }
  });

  it('refuses a line in the middle that is no record', () => {
    const { file, open, read } = setup();
    open().invoke('a', 'one');
    file.text += 'nonsense\n{}\n';
    expect(read).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });

  it('refuses to end an operation twice', () => {
    const call = setup().open().invoke('a', 'push');
    call.unknown();
    expect(() => call.ok()).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });

  it('refuses an end without an invocation', () => {
    const records = [{ index: 3, process: 'a', type: 'ok' as const }];
    expect(() => operationsOf({ records })).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });

  it('refuses what JSON cannot hold', () => {
    const history = recordHistory();
    expect(() => history.invoke('a', { at: new Date(0) })).toThrow(expect.objectContaining({ code: 'not-json' }));
    expect(history.records).toEqual([]);
  });
});
