// The file of failing seeds: what it keeps, in which order, and what it refuses.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatRerun, keepRerun, parseRerun, readReruns, type Rerun } from '../../src/testing/seeds-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'troupe-seeds-'));
let files = 0;

function setup(text?: string): string {
  files += 1;
  const file = join(directory, `${files}.json`);
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

afterAll(() => rmSync(directory, { recursive: true }));

const drawn: Rerun = { seed: 17, faults: undefined };
const planned: Rerun = {
  seed: -4,
  faults: [
    { kind: 'restart', nth: 2 },
    { kind: 'duplicate', nth: 1 },
  ],
};
const crashFree: Rerun = { seed: 3, faults: [] };

describe('the file of failing seeds', () => {
  it('has nothing where there is no file', () => {
    expect(readReruns(setup(), 'shop')).toEqual([]);
  });

  it('keeps runs in the order of their failing, each once', () => {
    const file = setup();
    for (const rerun of [planned, drawn, planned, crashFree]) keepRerun(file, 'shop', rerun);
    expect(readReruns(file, 'shop')).toEqual([planned, drawn, crashFree]);
  });

  it('keeps the runs of each simulation apart', () => {
    const file = setup();
    keepRerun(file, 'shop', drawn);
    keepRerun(file, 'bank', planned);
    keepRerun(file, 'constructor', crashFree);
    expect(['shop', 'bank', 'constructor', 'toString'].map(name => readReruns(file, name))).toEqual([
      [drawn],
      [planned],
      [crashFree],
      [],
    ]);
  });

  it('is text that can be read and reviewed', () => {
    const file = setup();
    keepRerun(file, 'shop', planned);
    expect(readFileSync(file, 'utf8')).toBe('{\n  "shop": [\n    "-4:restart#2,duplicate#1"\n  ]\n}\n');
  });

  it('does not stand in the way of the failure where it cannot be written', () => {
    expect(() => keepRerun(join(directory, 'none', 'seeds.json'), 'shop', drawn)).not.toThrow();
  });

  it.each(['', '[]', 'null', '3', '{"shop":"17"}', '{"shop":[17]}', '{"shop":'])('refuses %j', text => {
    expect(() => readReruns(setup(text), 'shop')).toThrow(
      expect.objectContaining({
        code: 'invalid-options',
        message: expect.stringMatching(/\.json is no file of failing/),
      }),
    );
  });
});

describe('the text of a run', () => {
  it.each([drawn, planned, crashFree])('reads what it writes', rerun => {
    expect(parseRerun(formatRerun(rerun))).toEqual(rerun);
  });

  it.each(['', 'x', '1.5', ':restart#1', '17:nothing#1'])('refuses %j', text => {
    expect(() => parseRerun(text)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});
