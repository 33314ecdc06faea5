// FlowOverdue: the event of a process monitor whose time is over.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineReservedEvent, type EventContract } from '../runtime/message/contract.ts';

/** What did not follow, and what it should have followed. Times are ms since 1970, UTC. */
export interface FlowOverdueData {
  /** The name of the monitor. */
  readonly monitor: string;
  /** The business key. */
  readonly key: string;
  /** When the event was accepted that one of these should have followed. */
  readonly since: number;
  readonly due: number;
  readonly expected: readonly string[];
  /** The id of that event. */
  readonly messageId: string;
  readonly correlationId: string;
}

/** Made by the runtime only, so nothing is left to check. */
const schema: StandardSchemaV1<FlowOverdueData, FlowOverdueData> = {
  '~standard': { version: 1, vendor: 'troupe', validate: value => ({ value: value as FlowOverdueData }) },
};

/**
 * Happens when a process monitor is due and none of its outcomes has come; once for each start it watches.
 *
 * @example
 * ```ts
 * alerts.on(FlowOverdue, (ctx, flow) => ctx.log.error({ flow }, 'overdue'), { where: flow => flow.monitor ===
 * shipped.name })
 * ```
 */
export const FlowOverdue: EventContract<'troupe.flow-overdue', FlowOverdueData, FlowOverdueData> = defineReservedEvent(
  'troupe.flow-overdue',
  { data: schema, key: data => data.key },
);
