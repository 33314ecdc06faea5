// placeholder
import type { Behavior } from '../runtime/turn/behavior.ts';
import type { Saga } from './saga.ts';
export function toSagaBehavior(saga: Saga): Behavior {
  throw new Error(saga.name);
}
