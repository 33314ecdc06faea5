import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, defineSchedule, type App } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash, type RestartOptions } from '../../support/restart.ts';
import { VirtualPlatform } from '../../support/virtual-platform.ts';

const Run = commandOf('schedule.run');
const Ticked = eventOf('schedule.ticked');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const startMs = Date.parse('2027-01-01T00:00:00Z');

type Options = Parameters<typeof defineSchedule>[3];

/** An actor that notes the slots in ms since the start, and a schedule for it. */
function setup(options: Options, extra: { slow?: boolean } = {}): { app: App; slots: number[] } {
  const slots: number[] = [];
  const runner = extra.slow
    ? defineActor('runner').task(
        Run,
        (_ctx, { n }) => {
          slots.push(n);
          return new Promise<never>(() => {});
        },
        { timeout: '10m' },
      )
    : defineActor('runner').on(Run, (_ctx, { n }) => {
        slots.push(n);
        return null;
      });
  const schedule = defineSchedule('job', Run, slot => ({ n: slot - startMs }), options);
  return { app: defineApp({ actors: [runner], schedules: [schedule] }), slots };
}

const start = (app: App) => launch(app, { platform: new VirtualPlatform({ startMs }) });

describe('a schedule', () => {
  it('sends at every slot of an interval, with the slot as its argument', async () => {
    const { app, slots } = setup({ every: '5m' });
    const { platform } = await start(app);
    await platform.advance(16 * MINUTE);

    expect(slots).toEqual([5, 10, 15].map(n => n * MINUTE));
  });

  it('K3 sends a slot whose commit had to be tried again', async () => {
    const { app, slots } = setup({ every: '5m' });
    const database = new FaultyDatabase();
    const options = { platform: new VirtualPlatform({ startMs }), database: database.handle };
    const { platform, store } = await launch(app, options);
    await platform.advance(4.5 * MINUTE);
    database.failCommit('SQLITE_BUSY');
    await platform.advance(6 * MINUTE);

    expect(store.database.prepare("select data ->> 'n' from troupe_messages").pluck().all()).toEqual([
      5 * MINUTE,
      10 * MINUTE,
    ]);
    expect(slots).toHaveLength(3);
  });

  it('publishes an event as well', async () => {
    const heard: unknown[] = [];
    const listener = defineActor('listener').on(Ticked, (ctx, { text }) => void heard.push([text, ctx.message.source]));
    const schedule = defineSchedule('tick', Ticked, () => ({ text: 'tick' }), { every: '1h' });
    const { platform } = await start(defineApp({ actors: [listener], schedules: [schedule] }));
    await platform.advance(HOUR);

    expect(heard).toEqual([['tick', 'schedule/tick']]);
  });

  it('follows local time over the days on which clocks change', async () => {
    const { app, slots } = setup({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    const spring = Date.parse('2027-03-27T00:00:00Z');
    const { platform } = await launch(app, { platform: new VirtualPlatform({ startMs: spring }) });
    await platform.advance(72 * HOUR);
    const times = slots.map(slot => new Date(slot + startMs).toISOString().slice(5, 16));
    expect(times).toEqual(['03-27T01:30', '03-28T01:00', '03-29T00:30']);

    const autumn = await launch(app, {
      platform: new VirtualPlatform({ startMs: Date.parse('2027-10-30T12:00:00Z') }),
    });
    slots.length = 0;
    await autumn.platform.advance(48 * HOUR);
    expect(slots.map(slot => new Date(slot + startMs).toISOString().slice(5, 16))).toEqual([
      '10-31T00:30',
      '11-01T01:30',
    ]);
  });

  it('keeps what its function throws to its slot', async () => {
    const slots: number[] = [];
    const runner = defineActor('runner').on(Run, (_ctx, { n }) => (slots.push(n), null));
    const data = (slot: number): { n: number } => {
      if (slot - startMs === HOUR) throw new Error('not at one');
      return { n: slot - startMs };
    };
    const schedule = defineSchedule('job', Run, data, { every: '1h' });
    const { platform, logs, runtime } = await start(defineApp({ actors: [runner], schedules: [schedule] }));
    await platform.advance(2 * HOUR);

    expect(slots).toEqual([2 * HOUR]);
    expect(logs).toMatchObject([{ level: 'error', fields: { schedule: 'job' } }]);
    expect(runtime.info().state).toBe('running');
  });
});

describe('a slot whose last run is not over', () => {
  it('is skipped by default, and told', async () => {
    const { app, slots } = setup({ every: '1m' }, { slow: true });
    const { platform, runtime } = await start(app);
    const skipped: number[] = [];
    runtime.tap('schedule-skipped', ({ slot }) => skipped.push(slot - startMs));
    await platform.advance(3 * MINUTE);

    expect(slots).toEqual([MINUTE]);
    expect(skipped).toEqual([2 * MINUTE, 3 * MINUTE]);
  });

  it('is skipped as well when its owner has not even seen the last one', async () => {
    const { app, slots } = setup({ every: '1m' });
    const { platform, runtime, run } = await start(app);
    await run(runtime.pause({ name: 'runner' }));
    await platform.advance(5 * MINUTE);
    await run(runtime.resume({ name: 'runner' }));

    expect(slots).toEqual([MINUTE]);
  });

  it('is sent where overlap is allowed', async () => {
    const { app, slots } = setup({ every: '1m', overlap: 'allow' });
    const { platform, runtime, run } = await start(app);
    await run(runtime.pause({ name: 'runner' }));
    await platform.advance(3 * MINUTE);
    await run(runtime.resume({ name: 'runner' }));

    expect(slots).toEqual([1, 2, 3].map(n => n * MINUTE));
  });
});

describe('slots that passed while nothing ran', () => {
  const after = async (options: Options, downMs: number, more: RestartOptions = {}) => {
    const { app, slots } = setup(options);
    const first = await start(app);
    await first.settled();
    const second = await crash(first, app, { downMs, ...more });
    await second.settled();
    return { slots, second };
  };

  it('are sent once by default: the latest of them, however many there were', async () => {
    expect((await after({ every: '5m' }, 16 * MINUTE)).slots).toEqual([15 * MINUTE]);
    expect((await after({ every: '1s' }, HOUR + 500)).slots).toEqual([HOUR]);
    expect((await after({ cron: '0 0 1 * *' }, 400 * 24 * HOUR)).slots).toEqual([396 * 24 * HOUR]);
  });

  it('are left out with skip, but not what is only a little late', async () => {
    const { slots, second } = await after({ every: '1h', missed: 'skip' }, 2.5 * HOUR);
    expect(slots).toEqual([]);
    await second.platform.advance(HOUR);
    expect(slots).toEqual([3 * HOUR]);

    expect((await after({ every: '1h', missed: 'skip' }, 2 * HOUR + 1_000)).slots).toEqual([2 * HOUR]);
  });

  it('are all sent with all', async () => {
    const { slots, second } = await after({ every: '1h', missed: 'all', overlap: 'allow' }, 3.5 * HOUR);
    expect(slots).toEqual([1, 2, 3].map(n => n * HOUR));

    await second.platform.advance(HOUR);
    expect(slots.at(-1)).toBe(4 * HOUR);
  });
});

describe('a schedule over a restart', () => {
  it('neither repeats nor forgets a slot', async () => {
    const { app, slots } = setup({ every: '5m' });
    const first = await start(app);
    await first.platform.advance(7 * MINUTE);
    const second = await crash(first, app);
    await second.platform.advance(4 * MINUTE);

    expect(slots).toEqual([5 * MINUTE, 10 * MINUTE]);
  });

  it('follows its new pattern, and goes when it is removed', async () => {
    const first = await start(setup({ every: '5m' }).app);
    const { app, slots } = setup({ every: '7m' });
    const second = await crash(first, app, { downMs: 6 * MINUTE });
    await second.platform.advance(2 * MINUTE);
    const missing = (7 - (Math.floor(startMs / MINUTE) % 7)) * MINUTE;
    expect(slots).toEqual(missing > 6 * MINUTE && missing <= 8 * MINUTE ? [missing] : []);

    const without = defineApp({ actors: app.actors });
    const third = await crash(second, without, { downMs: HOUR });
    await third.settled();
    expect(third.platform.pendingAlarms).toEqual([]);
    expect(third.store.schedules.all()).toEqual([]);
  });

  it('is refused without options, as is an app', () => {
    const define = defineSchedule as unknown as (...args: unknown[]) => unknown;

    expect(() => define('nightly', commandOf('night.sweep'), () => ({}))).toThrow(
      expect.objectContaining({ code: 'invalid-definition' }),
    );
    expect(() => defineApp(undefined as never)).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });

  it('refuses two of one name, and a command without an owner', async () => {
    const { app } = setup({ every: '5m' });
    const twice = { ...app, schedules: [...app.schedules, ...app.schedules] };
    await expect(start(twice)).rejects.toMatchObject({ code: 'duplicate-name' });
    await expect(start({ ...app, actors: [] })).rejects.toMatchObject({ code: 'no-owner' });
  });
});
