// Runs a case on both sides and says where they part.
import { isDeepStrictEqual } from 'node:util';
import type { Saw } from './features.ts';
import type { Case } from './machine-spec.ts';
import { messageOf, type Observed, type Run } from './observed.ts';
import { DurableRun } from './run-durable.ts';
import { LiveRun } from './run-live.ts';

/** Where the sides part: after how many acts (0: at the start), in what, and what each has. */
export interface Difference {
  readonly after: number;
  readonly in: string;
  readonly live: unknown;
  readonly durable: unknown;
}

/** Runs both sides until the case is over; undefined if they never part. */
export function compare(one: Case, saw: Saw = () => {}): Difference | undefined {
  const live = new LiveRun(one.machine, saw);
  const durable = new DurableRun(one, saw);
  for (let after = 0; after <= one.acts.length; after++) {
    const left = outcome(live, one, after);
    const right = outcome(durable, one, after);
    const found = differenceOf(left, right);
    if (found) return { after, ...found };
    if ('threw' in right) {
      saw('case throws');
      return undefined;
    }
    if (right.tree.status === 'active' && after < one.acts.length) continue;
    if (right.tree.status !== 'active') saw(right.tree.status === 'done' ? 'case ends done' : 'case ends in error');
    const [tags, stored] = [live.tags(), durable.tags()];
    return isDeepStrictEqual(tags, stored) ? undefined : { after, in: 'tags', live: tags, durable: stored };
  }
  return undefined;
}

type Outcome = Observed | { readonly threw: string };

function outcome(run: Run, { acts }: Case, after: number): Outcome {
  const act = acts[after - 1];
  try {
    return act ? run.act(act) : run.start();
  } catch (error) {
    return { threw: messageOf(error) };
  }
}

const PARTS = ['tree', 'emitted', 'done', 'leaves', 'timers', 'handled'] as const;

function differenceOf(live: Outcome, durable: Outcome): Omit<Difference, 'after'> | undefined {
  if ('threw' in live) return { in: 'the harness', live: live.threw, durable: 'threw' in durable ? durable.threw : '' };
  if ('threw' in durable) {
    // What throws in the root ends an actor; of a step nothing remains, and the runtime tries it again.
    const { status, error } = live.tree;
    if (status === 'error' && error === durable.threw) return undefined;
    return { in: 'an error', live: { status, error }, durable: durable.threw };
  }
  for (const part of PARTS) {
    if (!isDeepStrictEqual(live[part], durable[part])) return { in: part, live: live[part], durable: durable[part] };
  }
  return undefined;
}
