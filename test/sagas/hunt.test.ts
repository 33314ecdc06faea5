// A hunt for faults: random events, replies, timeouts, cancels, repairs and crashes around one saga with every kind of step.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineActor, defineCommand, saga, type App, type AppOptions, type Saga } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Begun, childOf, machineOf, Nudged, ownContext, Poked, sagaOf } from './trap-kit.ts';

const SEEDS = Number(process.env['TROUPE_HUNT_SEEDS'] ?? 100);
const FIRST = Number(process.env['TROUPE_HUNT_FIRST'] ?? 1);
const ACTS = 25;
const STEPS = ['work', 'part/work', 'kid'];

const data = z.object({ id: z.string(), what: z.string() });
const about = { data, key: ({ id }: { id: string }): string => id };
const Do = defineCommand('hunt.do', { ...about, reply: z.object({ ok: z.boolean(), work: z.string() }) });
const Undo = defineCommand('hunt.undo', { ...about, data: data.extend({ work: z.string() }) });
const Answer = defineCommand('hunt.answer', {
  ...about,
  data: data.extend({ ticket: z.string(), ok: z.boolean(), work: z.string() }),
});

const over = { type: 'final' };
const undone = { type: 'final', tags: 'compensate' };
const input = ({ context }: { context: object }): object => context;
const invoke = (what: string, onDone: string, onError = 'undone'): object => ({
  invoke: {
    id: what,
    src: 'work',
    input: ({ context: { id } }: { context: { id: string } }) => ({ id, what }),
    onDone,
    onError,
  },
});
const work = (): unknown =>
  command(Do, {
    doneIf: ({ ok }) => ok,
    timeout: '40s',
    retry: { attempts: 2, delay: '5s', factor: 1 },
    compensate: { send: Undo, data: ({ work: done }, { id, what }) => ({ id, what, work: done }) },
  });

/** What was asked for and not answered, what was done, and what was undone. */
class World {
  readonly asked: { readonly ticket: string; readonly what: string; readonly work: string }[] = [];
  readonly done: string[] = [];
  readonly undone: string[] = [];
  readonly lines: string[] = [];
  readonly app: App | AppOptions;
  readonly flow: Saga;
  #works = 0;

  constructor(random: () => number) {
    const worker = defineActor('worker', { retry: { attempts: 1 } })
      .on(Do, (ctx, { what }) => {
        this.#works += 1;
        if (random() < 0.1) throw new Error('broken');
        this.asked.push({ ticket: ctx.replyTicket, what, work: `${what}#${this.#works}` });
        return ctx.deferReply();
      })
      .on(Answer, (ctx, { ticket, ok, work: done }) => {
        if (ok) this.done.push(done);
        ctx.reply(Do, ticket, { ok, work: done });
      })
      .on(Undo, (_ctx, { work: done }) => void this.undone.push(done));
    const sequence = (id: string): ReturnType<typeof machineOf> => {
      const states = { a: invoke(`${id}-1`, 'b'), b: invoke(`${id}-2`, 'over'), over, undone };
      return machineOf({ id, ...ownContext, initial: 'a', states }, { actors: { work: work() } });
    };
    const child = childOf('child', sequence('child'));
    const stuck = { after: { long: '#m.undone' }, on: { 'job.nudged': '#m.undone' } };
    const branch = (first: object): object => ({ initial: 'x', states: { x: first, stuck, over } });
    const nested = (src: string): object => ({ invoke: { id: src, src, input, onDone: 'over', onError: 'stuck' } });
    const branches = {
      plain: {
        initial: 'x',
        states: { x: invoke('one', 'y', '#m.undone'), y: invoke('two', 'over', 'stuck'), stuck, over },
      },
      part: branch(nested('part')),
      kid: branch(nested('kid')),
    };
    const states = {
      all: { type: 'parallel', states: branches, onDone: 'rest', on: { 'job.poked': 'alone' } },
      alone: { ...invoke('alone', 'rest'), on: { 'job.nudged': { target: 'alone', reenter: true } } },
      rest: { after: { long: 'over' }, on: { 'job.poked': 'all', 'job.nudged': 'undone' } },
      over,
      undone,
    };
    const kid = saga(child as never, { timeout: '100s' });
    const actors = { work: work(), part: sequence('part'), kid };
    const machine = machineOf({ ...ownContext, initial: 'all', states }, { actors, delays: { long: 60_000 } });
    this.flow = sagaOf(machine);
    this.app = { actors: [worker], sagas: [this.flow, child] };
  }
}

interface Act {
  readonly world: World;
  readonly launched: Launched;
  readonly random: () => number;
}

async function answer({ world, launched: { runtime, run }, random }: Act): Promise<void> {
  const [asked] = world.asked.splice(Math.floor(random() * world.asked.length), 1);
  if (!asked) return;
  const ok = random() < 0.8;
  world.lines.push(`answer ${asked.work} ${ok}`);
  await run(runtime.send(Answer, { id: '1', ...asked, ok }));
}

async function publish({ world, launched: { runtime, run } }: Act, event: typeof Poked | typeof Nudged): Promise<void> {
  world.lines.push(event.type);
  await run(runtime.publish(event, { id: '1' }));
}

async function advance({ world, launched, random }: Act): Promise<void> {
  const ms = Math.floor(random() * 50_000);
  world.lines.push(`advance ${ms}`);
  await launched.platform.advance(ms);
}

async function cancel({ world, launched: { runtime, run }, random }: Act): Promise<void> {
  const compensate = random() < 0.5;
  world.lines.push(`cancel ${compensate}`);
  await run(runtime.sagas.cancel(world.flow, '1', { compensate }));
}

async function redrive({ world, launched: { runtime, run }, random }: Act): Promise<void> {
  const step = STEPS[Math.floor(random() * STEPS.length)] ?? '';
  world.lines.push(`redrive ${step}`);
  await run(runtime.sagas.redriveFrom(world.flow, '1', step)).catch(() => world.lines.pop());
}

/** Resolves with the process that goes on. */
async function actOnce(act: Act): Promise<Launched> {
  const dice = act.random();
  if (dice < 0.5) await answer(act);
  else if (dice < 0.58) await publish(act, Poked);
  else if (dice < 0.66) await publish(act, Nudged);
  else if (dice < 0.8) await advance(act);
  else if (dice < 0.81) await cancel(act);
  else if (dice < 0.93) await redrive(act);
  else {
    act.world.lines.push('crash');
    return crash(act.launched, act.world.app);
  }
  return act.launched;
}

async function hunt(seed: number): Promise<{ readonly world: World; readonly problem: string | undefined }> {
  const random = seededRandom(seed);
  const world = new World(random);
  let launched = await launch(world.app);
  await launched.run(launched.runtime.publish(Begun, { id: '1' }));
  for (let i = 0; i < ACTS; i++) launched = await actOnce({ world, launched, random });
  for (let i = 0; i < 60 && (world.asked.length > 0 || !isOver(world, launched)); i++) {
    await answer({ world, launched, random });
    await launched.platform.advance(30_000);
  }
  return { world, problem: problemOf(world, launched) };
}

const isOver = ({ flow }: World, { runtime }: Launched): boolean => runtime.sagas.get(flow, '1')?.isOver === true;

function problemOf(world: World, { runtime }: Launched): string | undefined {
  const { flow, done } = world;
  const instance = runtime.sagas.get(flow, '1');
  if (!instance?.isOver) return `it never ends: ${JSON.stringify(instance)}`;
  const letters = runtime.deadLetters.list().filter(({ type }) => type !== Do.type);
  if (letters.length > 0) return `a dead letter: ${JSON.stringify(letters)}`;
  const children = runtime.sagas.list({ name: 'child' } as never, { status: 'running' });
  if (children.length > 0) return 'a child never ends';
  if (new Set(world.undone).size < world.undone.length) return `undone twice: ${world.undone.join(', ')}`;
  const never = world.undone.filter(one => !done.includes(one));
  if (never.length > 0) return `undone without having been done: ${never.join(', ')}`;
  if (instance.status !== 'compensated') return undefined;
  const kept = done.filter(one => !world.undone.includes(one));
  return kept.length > 0 ? `compensated, but not undone: ${kept.join(', ')}` : undefined;
}

describe('a saga with every kind of step, whatever happens to it', () => {
  it('ends, undoes nothing twice, and everything where it says so', { timeout: 120_000 }, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const { world, problem } = await hunt(seed);

      expect(problem, `seed ${seed}: ${world.lines.join('; ')}`).toBeUndefined();
    }
  });
});
