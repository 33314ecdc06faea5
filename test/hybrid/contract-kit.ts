// What tests of contracts over time share: an app with one event or command, and what comparing two of them finds.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  compareContracts,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  lockContracts,
  type App,
  type CompareOptions,
  type ContractFinding,
  type Upcaster,
} from '../../src/index.ts';

export interface Version {
  readonly version?: number;
  readonly upcast?: Readonly<Record<number, Upcaster>>;
  readonly sensitive?: readonly string[];
}

/** An app that reads one event. */
export function eventApp(data: StandardSchemaV1, options: Version = {}, type = 'order.placed'): App {
  const event = defineEvent(type, { data: data as never, ...options });
  return defineApp({ actors: [defineActor('reader').on(event, () => {})] });
}

/** An app that answers one command. */
export function commandApp(data: StandardSchemaV1, reply?: StandardSchemaV1, options: Version = {}): App {
  const command = defineCommand('order.place', { data: data as never, reply: reply as never, ...options });
  return defineApp({ actors: [defineActor('owner').on(command, () => undefined as never)] });
}

/** `data-incompatible data.a`, with `!` where it breaks. */
export const inShort = ({ breaking, code, path }: ContractFinding): string =>
  `${breaking ? '!' : ''}${code}${path === '' ? '' : ` ${path}`}`;

/** What the change from one app to the other finds. */
export function change(before: App, after: App, options: CompareOptions = {}): string[] {
  return compareContracts(lockContracts(before), after, options).map(inShort);
}
