// The kit of task tests: a worker whose task body the test gives, and a bank it can charge.
import { defineActor, defineApp, type TaskContext } from '../../src/index.ts';
import { commandOf, type Launched } from './kernel-kit.ts';

export const Work = commandOf('attempt.work');
export const Charge = commandOf('attempt.charge');
export const Stop = commandOf('attempt.stop');

export type Ctx = TaskContext<{ log: string[] }>;

/** An actor whose task body the test gives; it charges another actor, which counts. */
export function setup(body: (ctx: Ctx, data: { key: string; n: number }) => Promise<unknown>, options: object = {}) {
  const world = { charges: 0, chargeFails: false };
  const worker = defineActor('worker', { state: () => ({ log: [] as string[] }) })
    .task(Work, {
      timeout: '30s',
      retry: { attempts: 3, delay: '10s', factor: 1 },
      run: (ctx, data) => body(ctx, data),
      done: (ctx, result) => (ctx.state.log.push(JSON.stringify(result)), 1),
      ...options,
    })
    .on(Stop, (ctx, { n }) => {
      if (n === 1) ctx.stop();
      else ctx.state.log.push('changed');
      return null;
    });
  const bank = defineActor('bank', { state: () => ({ n: 0 }), retry: { attempts: 1 } }).on(Charge, (ctx, { n }) => {
    if (world.chargeFails) throw new Error('no money');
    world.charges += 1;
    return (ctx.state.n += n);
  });
  return { world, worker, bank, app: defineApp({ actors: [worker, bank] }) };
}

export const never = new Promise<never>(() => {});
export const logOf = ({ runtime }: Launched, key = 'a'): unknown => runtime.state({ name: 'worker' } as never, key);
