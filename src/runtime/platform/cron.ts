// Cron patterns: when a schedule fires next, with one rule for the days on which clocks change.
import { Cron } from 'croner';
import { TroupeError } from '../errors.ts';

const options = { paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' } as const;

/**
 * Checks a pattern of 5 fields (minute first) or 6 (second first), or a nickname like `@daily`, and a time zone of the
 * IANA database.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkCron(pattern: unknown, timeZone: unknown): void {
  const shown = `The cron pattern '${String(pattern).slice(0, 100)}'`;
  if (typeof pattern !== 'string' || /[?:]/.test(pattern)) {
    throw refuse(`${shown} is not 5 or 6 fields of fixed meaning`);
  }
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    const zone = String(timeZone).slice(0, 60);
    throw refuse(`${shown} has the unknown time zone '${zone}', write one like 'Europe/Berlin' or 'UTC'`);
  }
  let next: Date | null;
  try {
    next = new Cron(pattern, { ...options, timezone: timeZone }).nextRun(new Date(0));
  } catch (cause) {
    throw refuse(`${shown} cannot be read (${cause instanceof Error ? cause.message : 'unknown reason'})`, cause);
  }
  if (next === null) throw refuse(`${shown} never fires`);
}

/**
 * The first time after `afterMs` at which a checked pattern fires, in ms since 1970, UTC; `undefined` if there is none.
 *
 * A pattern that chooses hours (`30 2 * * *`, `0,20 2-3 * * *`) means local wall time: what the clocks skip in spring
 * fires once, at the first moment after the gap; what they repeat in autumn fires the first time only. A pattern for
 * every hour (`*` as its hour) means elapsed time: it fires in every real hour, so it neither pauses nor doubles.
 */
export function nextRun(pattern: string, timeZone: string, afterMs: number): number | undefined {
  const cron = new Cron(spellOut(pattern), { ...options, timezone: timeZone });
  return cron.nextRun(new Date(afterMs))?.getTime();
}

/** croner takes any step for elapsed time and lists for wall time, so steps become lists unless every hour is meant. */
function spellOut(pattern: string): string {
  const fields = pattern.trim().split(/\s+/);
  const hourAt = fields.length - 4;
  const hours = fields[hourAt];
  if (hours === undefined || hours === '*') return pattern;
  return fields.map((field, at) => (at < hourAt ? list(field, 59) : at === hourAt ? list(field, 23) : field)).join(' ');
}

function list(field: string, last: number): string {
  return field
    .split(',')
    .map(part => listPart(part, last))
    .join(',');
}

function listPart(part: string, last: number): string {
  const [range = '', step = '1'] = part.split('/');
  if (range !== '*' && !part.includes('/')) return part;
  const [from = '0', to = ''] = range === '*' ? ['0', String(last)] : range.split('-');
  const numbers: number[] = [];
  for (let number = Number(from); number <= Number(to || last); number += Number(step)) numbers.push(number);
  return numbers.join(',');
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function refuse(problem: string, cause?: unknown): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. Example: '0 3 * * *' is every day at three.`, { cause });
}
