// Schedules: cron and interval rows that send a message at each slot, with an overlap and a missed-run policy.
import { TroupeError } from '../errors.ts';
import { toMs, type Duration } from '../message/duration.ts';
import type { AnyContract } from '../message/contract.ts';
import { checkCron, nextRun } from '../platform/cron.ts';
import type { ScheduleRow } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Kernel } from './kernel.ts';
import { abortKind } from './abort.ts';
import { accept, Outbound } from './message-input.ts';

/** When a schedule fires: a cron pattern in a time zone, or an interval. */
export interface ScheduleOptions {
  readonly cron?: string | undefined;
  /** IANA name; default UTC. */
  readonly timeZone?: string | undefined;
  readonly every?: Duration | undefined;
  /** When the last run is not over yet. Default `skip`. */
  readonly overlap?: 'skip' | 'allow' | undefined;
  /** Slots that passed while the runtime was down. Default `once`: the latest of them. */
  readonly missed?: 'once' | 'skip' | 'all' | undefined;
}

/** A schedule as data; made by `defineSchedule`. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly name: string;
  readonly contract: AnyContract;
  readonly data: (slot: number) => unknown;
  readonly pattern: string;
  readonly overlap: 'skip' | 'allow';
  readonly missed: 'once' | 'skip' | 'all';
  /** The first slot after a time, in ms. */
  next(afterMs: number): number | undefined;
}

/** `missed: 'all'` sends at most this many at once. */
const MOST_MISSED = 1_000;
/** A slot older than this when it fires was missed, not late. */
const LATE_MS = 60_000;

/** Checks a schedule's times. */
export function toSchedule(
  name: string,
  { contract, data }: Pick<Schedule, 'contract' | 'data'>,
  options: ScheduleOptions,
): Schedule {
  const { cron, every, timeZone = 'UTC', overlap = 'skip', missed = 'once' } = options;
  if ((cron === undefined) === (every === undefined)) {
    throw new TroupeError(
      'invalid-definition',
      `The schedule ${name} needs either cron or every. Write { cron: '0 3 * * *' } or { every: '5m' }.`,
    );
  }
  if (cron !== undefined) {
    checkCron(cron, timeZone);
    return {
      kind: 'schedule',
      name,
      contract,
      data,
      pattern: `${cron} ${timeZone}`,
      overlap,
      missed,
      next: after => nextRun(cron, timeZone, after),
    };
  }
  const everyMs = toMs(every ?? 0, `schedule ${name}: every`);
  if (everyMs < 1) {
    throw new TroupeError('invalid-definition', `The schedule ${name} has every ${String(every)}. Use at least 1 ms.`);
  }
  const next = (after: number): number => (Math.floor(after / everyMs) + 1) * everyMs;
  return { kind: 'schedule', name, contract, data, pattern: `every ${everyMs}`, overlap, missed, next };
}

export class Schedules {
  readonly #kernel: Kernel;
  readonly #schedules = new Map<string, Schedule>();
  readonly #rows = new Map<string, ScheduleRow>();
  #next: number | undefined = undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  nextDue(): number | undefined {
    return this.#next;
  }

  /** Brings the stored rows in line with the app: inside the boot transaction. */
  register(schedules: readonly Schedule[], now: number): void {
    const { store } = this.#kernel;
    const stored = new Map(store.schedules.all().map(row => [row.name, row]));
    for (const schedule of schedules) {
      if (this.#schedules.has(schedule.name)) {
        throw new TroupeError('duplicate-name', `Two schedules are named ${schedule.name}. Rename one.`);
      }
      this.#schedules.set(schedule.name, schedule);
      const { name, pattern } = schedule;
      const known = stored.get(name);
      if (known?.pattern === pattern) this.#rows.set(name, known);
      else this.#put({ name, pattern, lastSlot: null, nextDue: schedule.next(now) ?? null, position: null });
    }
    for (const name of stored.keys()) if (!this.#schedules.has(name)) store.schedules.remove(name);
    this.#look();
  }

  /** Sends the message of every slot that is due. */
  fire(drain: Drain): void {
    if (this.#next === undefined || this.#next > drain.now) return;
    for (const schedule of this.#schedules.values()) {
      const row = this.#rows.get(schedule.name);
      if (row?.nextDue === null || row === undefined || row.nextDue > drain.now) continue;
      drain.undo(() => {
        this.#rows.set(schedule.name, row);
        this.#look();
      });
      this.#fireOne(drain, schedule, row);
    }
    this.#look();
  }

  #fireOne(drain: Drain, schedule: Schedule, row: ScheduleRow): void {
    const slots = row.nextDue === null ? [] : chosen(schedule, row.nextDue, drain.now);
    let { position } = row;
    for (const due of slots) {
      if (schedule.overlap === 'skip' && position !== null && this.#isOpen(schedule, position)) {
        drain.afterCommit.push(() => this.#kernel.bus.emit('schedule-skipped', { name: schedule.name, slot: due }));
        continue;
      }
      position = this.#send(drain, schedule, due) ?? position;
    }
    const nextDue = schedule.next(drain.now) ?? null;
    this.#put({ ...row, lastSlot: slots.at(-1) ?? row.lastSlot, nextDue, position });
  }

  /** Whether the message at this position waits or is worked on, or somebody who is behind has not read it yet. */
  #isOpen({ contract: { kind, type } }: Schedule, position: number): boolean {
    const { router, store } = this.#kernel;
    const takers = kind === 'command' ? [router.owner(type)] : router.subscribers(type);
    return takers.some(taker => (taker?.cursor ?? position) < position) || store.deliveries.isOpen(position);
  }

  /**
   * Undefined where the schedule could not make its message: that slot is lost, the runtime and the next slot are
   * not.
   */
  #send(drain: Drain, { name, contract, data }: Schedule, slot: number): number | undefined {
    try {
      const out = new Outbound(this.#kernel, { contract, data: data(slot) });
      return accept(drain, out, { source: `schedule/${name}` }).position;
    } catch (error) {
      if (abortKind(error) !== 'unit') throw error;
      const { logger } = this.#kernel;
      const failed = { schedule: name, slot, err: error };
      drain.afterCommit.push(() => logger.error(failed, 'a schedule could not send its message'));
      return undefined;
    }
  }

  #put(row: ScheduleRow): void {
    this.#kernel.store.schedules.put(row);
    this.#rows.set(row.name, row);
  }

  #look(): void {
    const due = [...this.#rows.values()].flatMap(row => (row.nextDue === null ? [] : [row.nextDue]));
    this.#next = due.length > 0 ? Math.min(...due) : undefined;
  }

  /** The last slot and the next one of each schedule. */
  list(): readonly ScheduleRow[] {
    return [...this.#rows.values()];
  }
}

/** Which of the slots from the `first` until now are sent. */
function chosen(schedule: Schedule, first: number, now: number): readonly number[] {
  if (schedule.missed === 'all') return slotsFrom(schedule, first, now);
  const last = latest(schedule, first, now);
  return schedule.missed === 'skip' && now - last > LATE_MS ? [] : [last];
}

function slotsFrom(schedule: Schedule, first: number, now: number): readonly number[] {
  const slots: number[] = [];
  for (let slot: number | undefined = first; slot !== undefined && slot <= now; slot = schedule.next(slot)) {
    if (slots.push(slot) === MOST_MISSED) break;
  }
  return slots;
}

/**
 * The last slot until now: looks ever further back for one to start from, so that a long downtime is not walked
 * through.
 */
function latest(schedule: Schedule, first: number, now: number): number {
  let slot = first;
  for (let back = LATE_MS; now - back > first; back *= 60) {
    const found = schedule.next(now - back);
    if (found === undefined || found > now) continue;
    slot = found;
    break;
  }
  for (let next = schedule.next(slot); next !== undefined && next <= now; next = schedule.next(slot)) slot = next;
  return slot;
}
