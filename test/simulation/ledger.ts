// The ledger: keyed lists with numbers that fail at first or for ever; the app of the oracle.
import { defineActor, defineApp } from '../../src/index.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';
import { isFlaky, isPoison } from './oracle.ts';

export const Put = commandOf('ledger.put');
const Putted = eventOf('ledger.putted');
export const Note = eventOf('ledger.note');
export const Work = commandOf('ledger.work');

const state = () => ({ list: [] as number[], total: 0 });
const retry = { attempts: 4, delay: 5 };

function check(n: number, attempt: number): void {
  if (isPoison(n)) throw new Error('poison');
  if (isFlaky(n) && attempt === 1) throw new Error('flaky');
}

export const put = defineActor('put', { state, retry, publishes: [Putted] }).on(Put, (ctx, { key, n }) => {
  ctx.state.list.push(n);
  ctx.publish(Putted, { key, n });
  check(n, ctx.attempt);
  return ctx.state.list.length;
});
export const echo = defineActor('echo', { state, retry }).on(Putted, (ctx, { n }) => void ctx.state.list.push(n));
export const total = defineActor('total', { state, retry, single: true }).on(
  Putted,
  (ctx, { n }) => void (ctx.state.total += n),
);
export const note = defineActor('note', { state, retry }).on(Note, (ctx, { n }) => {
  check(n, ctx.attempt);
  ctx.state.list.push(n);
});
export const work = defineActor('work', { state, retry }).task(Work, {
  run: async (ctx, { n }) => {
    await ctx.step('a', () => n);
    check(n, ctx.attempt);
    return n;
  },
  done: (ctx, n) => {
    ctx.state.list.push(n);
    return n;
  },
});

export const app = defineApp({ actors: [put, echo, total, note, work] });
