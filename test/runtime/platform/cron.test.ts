import { describe, expect, it } from 'vitest';
import { checkCron, nextRun } from '../../../src/runtime/platform/cron.ts';

/** The next `count` runs after `from`, as UTC minutes. */
function runs(pattern: string, timeZone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < count && (at = nextRun(pattern, timeZone, at)) !== undefined) {
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('nextRun', () => {
  it('gives the first run after, never at, the given time', () => {
    expect(runs('0 3 * * *', 'UTC', '2026-01-01T03:00:00Z', 1)).toEqual(['2026-01-02T03:00']);
    expect(runs('0 3 * * *', 'UTC', '2026-01-01T02:59:59.999Z', 1)).toEqual(['2026-01-01T03:00']);
    expect(runs('0 3 * * *', 'UTC', '2026-01-01T03:00:00.500Z', 1)).toEqual(['2026-01-02T03:00']);
  });

  it('reads seconds and nicknames', () => {
    expect(nextRun('*/10 * * * * *', 'UTC', 12_000)).toBe(20_000);
    expect(runs('@daily', 'Europe/Berlin', '2026-01-01T12:00:00Z', 1)).toEqual(['2026-01-01T23:00']);
  });

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['Europe/Berlin', '*/20 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:00']],
    ['America/New_York', '0,30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:00']],
    ['Europe/Berlin', '0 */2 * * *', '2026-03-28T23:30:00Z', ['2026-03-29T01:00', '2026-03-29T02:00']],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T12:00:00Z', ['2026-10-03T15:30', '2026-10-04T15:15']],
  ])('fires once after the gap of spring: %s %s', (zone, pattern, from, expected) => {
    expect(runs(pattern, zone, from, 2)).toEqual(expected);
  });

  it('fires once when a skipped time and a real one fall together', () => {
    expect(runs('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ]);
  });

  it('keeps a fixed date whose time is skipped', () => {
    expect(runs('30 2 29 3 *', 'Europe/Berlin', '2026-03-20T00:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2027-03-29T00:30',
    ]);
  });

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    [
      'Europe/Berlin',
      '*/30 2 * * *',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00'],
    ],
    [
      'America/New_York',
      '0,30 1 * * *',
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-02T06:00'],
    ],
    ['Europe/Berlin', '0 */2 * * *', '2026-10-24T23:00:00Z', ['2026-10-25T00:00', '2026-10-25T03:00']],
  ])('fires once in the hour that autumn repeats: %s %s', (zone, pattern, from, expected) => {
    expect(runs(pattern, zone, from, expected.length)).toEqual(expected);
  });

  it('does not fire again when asked in the middle of the repeated hour', () => {
    expect(runs('30 1 * * *', 'America/New_York', '2026-11-01T05:45:00Z', 1)).toEqual(['2026-11-02T06:30']);
  });

  it.each([
    ['Europe/Berlin', '2026-03-28T23:30:00Z'],
    ['Europe/Berlin', '2026-10-24T22:30:00Z'],
    ['America/New_York', '2026-03-08T05:30:00Z'],
    ['America/New_York', '2026-11-01T03:30:00Z'],
  ])('fires in every real hour when the pattern means every hour: %s %s', (zone, from) => {
    const times = runs('15 * * * *', zone, from, 6).map(time => Date.parse(`${time}Z`));

    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(Array(5).fill(3_600_000));
  });
});

describe('checkCron', () => {
  it.each(['0 3 * * *', '*/5 * * * *', '0 0 29 2 *', '30 0 3 * * *', '0 9 * * MON-FRI', '0 0 L * *', '@hourly'])(
    'accepts %s',
    pattern => {
      expect(() => checkCron(pattern, 'Europe/Berlin')).not.toThrow();
    },
  );

  it.each<[unknown, unknown]>([
    ['', 'UTC'],
    ['x', 'UTC'],
    ['60 * * * *', 'UTC'],
    ['*/0 * * * *', 'UTC'],
    ['0 0 30 2 *', 'UTC'],
    ['0 0 * * ?', 'UTC'],
    ['0 0 0 1 1 * 2027', 'UTC'],
    ['2026-01-01T00:00:00', 'UTC'],
    ['@reboot', 'UTC'],
    [7, 'UTC'],
    ['0 3 * * *', 'Mars/Base'],
    ['0 3 * * *', ''],
    ['0 3 * * *', undefined],
  ])('refuses %s in %s', (pattern, zone) => {
    expect(() => checkCron(pattern, zone)).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });
});
