// decodeStored: data as an earlier version of the code stored it, as handlers of this code get it.
import { checkData, type AnyContract, type DataOf } from '../runtime/message/contract.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import { upcast } from '../runtime/message/upcaster.ts';

/** A message as it was stored. */
interface Stored {
  readonly version: number;
  readonly data: unknown;
}

/**
 * Brings a stored message up to the version of its contract as the runtime does. Data of the current version is
 * validated and returned as it is: the runtime neither validates it again nor fills in defaults.
 *
 * @example
 * ```ts
 * const fixture = { version: 1, data: { orderId: '1', euro: 42 } };
 * expect(decodeStored(OrderPlaced, fixture)).toEqual({ orderId: '1', cents: 4200 });
 * ```
 *
 * @throws TroupeError `upcaster-missing`, `invalid-message`, `not-json`, `too-large`
 */
export function decodeStored<C extends AnyContract>(contract: C, { version, data }: Stored): DataOf<C> {
  const stored = toFrozenJson(data, 'data');
  if (version === contract.version) checkData(contract, stored);
  return upcast(contract, version, stored);
}
