import { describe, expect, it } from 'vitest';
import { measureCalls, measureLanes, median } from '../../bench/measure.ts';
import { environmentOf, ratiosOf, requirementsOf, toText, type Result } from '../../bench/report.ts';
import { cellsOf, orderOf } from '../../bench/workload.ts';

const speed = { diy: 1_000, troupe: 60_000, limit: 120_000 };
const results: Result[] = cellsOf(true).map(({ workload, concurrency, subject }) => {
  return { workload, concurrency, subject, perSecond: speed[subject], p50Ms: subject === 'diy' ? 0.6 : 0.3, p99Ms: 2 };
});
const environment = environmentOf({ rounds: 3, commitP50Ms: 0.2 });
const ratios = ratiosOf(results, environment);
const recovery = { inFlight: 10_000, openMs: 50, runningMs: 1_999, doneMs: 3_000 };
const sagas = { ...recovery, waiting: 100_000, cachedBytes: 2_400, passivatedBytes: 1, timers: 1 };

describe('the bench', () => {
  it('measures every subject in every workload at concurrency 1, 100 and 1,000', () => {
    for (const smoke of [true, false]) {
      const cells = cellsOf(smoke).map(one => `${one.workload} ${one.concurrency} ${one.subject}`);
      const wanted = ['W1', 'W2', 'W3'].flatMap(workload =>
        [1, 100, 1_000].flatMap(concurrency =>
          ['diy', 'troupe', 'limit'].map(subject => `${workload} ${concurrency} ${subject}`),
        ),
      );
      expect(cells.toSorted()).toEqual(wanted.toSorted());
    }
  });

  it('asks 50,000 times where others wait as well', () => {
    const asks = cellsOf(false).filter(one => one.workload === 'W2' && one.subject === 'troupe' && one.concurrency > 1);

    expect(asks.map(({ count }) => count)).toEqual([50_000, 50_000]);
  });

  it('sends about 200 bytes', () => {
    const { length } = JSON.stringify(orderOf(4_711));

    expect(length).toBeGreaterThan(180);
    expect(length).toBeLessThan(220);
  });

  it('compares with what one writes by hand, with the limit and with one commit', () => {
    for (const ratio of ratios) {
      expect(ratio).toMatchObject({ timesDiy: 60, shareOfLimit: 0.5, p50TimesDiy: 0.5 });
      expect(ratio.p50Commits).toBeCloseTo(1.5);
    }
  });

  it('says of each requirement of sagas whether it holds', () => {
    const missed = (which: Partial<typeof sagas>, times = 1): string[] => {
      const worse = ratios.map(one => ({
        ...one,
        timesDiy: one.timesDiy / times,
        p50TimesDiy: one.p50TimesDiy * times,
      }));
      return requirementsOf(worse, { ...sagas, ...which }).flatMap(({ what, holds }) => (holds ? [] : [what]));
    };

    expect(missed({})).toEqual([]);
    expect(missed({}, 13)).toEqual(['W3 at concurrency 100, times diy', 'W3 at concurrency 1, p50 times that of diy']);
    expect(missed({ runningMs: 2_001 })).toEqual(['W4, ms until all sagas run again']);
    expect(missed({ passivatedBytes: 101, timers: 2 })).toEqual([
      'heap of a passivated saga, bytes',
      'timers of all waiting sagas',
    ]);
    expect(missed({ runningMs: Number.NaN })).toHaveLength(1);
  });

  it('names the versions and how durable a commit was', () => {
    expect(environment).toMatchObject({ node: process.versions.node, durability: 'WAL, synchronous=FULL' });
    expect(environment.betterSqlite3).toMatch(/^13\./);
    expect(environment.sqlite).toMatch(/^3\./);
  });

  it('prints the ratios before the figures', () => {
    const footprint = {
      coldStartMs: 80,
      rssMiB: 60,
      bareRssMiB: 42,
      actors: 10_000,
      idleBytes: 800,
      passivatedBytes: 0,
    };
    const pending = { pending: 100_000, recoveryOpenMs: 500, recoveryDoneMs: 1_500 };
    const requirements = requirementsOf(ratios, sagas);
    const text = toText({ results, ratios, requirements, sagas, environment, footprint: { ...footprint, ...pending } });

    expect(text.indexOf('x diy')).toBeLessThan(text.indexOf('per second'));
    expect(text).toContain('W1          100   60.0          50');
    expect(text).toMatch(/W4, ms until all sagas run again +at most 2,000 +1,999 +holds/);
    expect(text).not.toContain('NaN');
  });
});

describe('a measurement', () => {
  it('keeps as many operations under way as asked for, and measures all but the warm-up', async () => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    const sample = await measureLanes({ count: 50, warmUp: 20, concurrency: 10 }, async index => {
      seen.push(index);
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
    });

    expect(most).toBe(10);
    expect(seen).toEqual(Array.from({ length: 70 }, (_, index) => index));
    expect(sample.p50Ms).toBeLessThanOrEqual(sample.p99Ms);
  });

  it('counts the operations of one call', () => {
    const starts: number[] = [];
    measureCalls({ count: 30, warmUp: 10, perCall: 10 }, start => starts.push(start));

    expect(starts).toEqual([0, 10, 20, 30]);
  });

  it('takes the middle of odd and even numbers of runs', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
