// Fault: the event that is committed with a dead letter.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineReservedEvent, type EventContract } from '../message/contract.ts';

/** What became a dead letter, where and why. No payload of the message. */
export interface FaultData {
  readonly messageId: string;
  readonly type: string;
  readonly name: string;
  readonly key: string;
  readonly handler: string;
  readonly reason: string;
  readonly attempts: number;
  readonly crashes: number;
  readonly error: { readonly name: string; readonly message: string };
}

/** Made by the runtime only, so nothing is left to check. */
const schema: StandardSchemaV1<FaultData, FaultData> = {
  '~standard': { version: 1, vendor: 'troupe', validate: value => ({ value: value as FaultData }) },
};

/**
 * Happens when a message becomes a dead letter; published in the same commit. A fault about a fault is not published.
 *
 * @example
 * ```ts
 * alerts.on(Fault, (ctx, fault) => { ctx.log.error({ fault }, 'gave up'); }, { where: (fault) => fault.type ===
 * ChargePayment.type })
 * ```
 */
export const Fault: EventContract<'troupe.fault', FaultData, FaultData> = defineReservedEvent('troupe.fault', {
  data: schema,
  key: data => data.key,
});
