// The timers of a model, and what they are called.
import type { Json } from '../runtime/message/json.ts';
import { readAfter } from './machine-parts.ts';
import { splitSources } from './path.ts';
import type { SagaRecord } from './record.ts';
import type { Tick } from './saga-turn.ts';
import { eventTypeOf } from './stored-machine.ts';

export interface ModelTimer {
  readonly id: string;
  /** In ms from the start of the model. */
  readonly due: number;
  readonly tick: Json;
}

/** The name in `setup({ actors })`, in a nested machine with the names on the way there. */
export const nameOfSource = (src: string): string => splitSources(src).join('/');

/** What a timer stands for, the same at every arming. */
export function describeTimer({ tick }: ModelTimer, { calls, armed }: SagaRecord): string {
  const what = tick as unknown as Tick;
  if ('timeout' in what) return `${stepOf(calls, what.timeout)} times out`;
  if ('retry' in what) return `${stepOf(calls, what.retry)} again`;
  if (!('after' in what)) return 'later';
  const found = armed.find(({ token }) => token === what.after);
  const type = found ? (eventTypeOf(found) ?? found.id) : what.after;
  const after = readAfter(type);
  if (!after) return `${type} in time`;
  return Number.isNaN(Number(after.delay)) ? `after ${after.delay}` : `after ${after.delay} ms`;
}

function stepOf(calls: SagaRecord['calls'], n: number): string {
  const call = calls.find(one => one.n === n);
  return call ? nameOfSource(call.src) : 'a step';
}
