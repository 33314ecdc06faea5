// defineApp, defineModule and defineSchedule: which definitions make up one process, and in which parts.
import type { Database } from 'better-sqlite3';
import type { Actor } from './actors/actor.ts';
import type { Definitions, ModuleDefinition } from './hybrid/definitions.ts';
import type { Monitor } from './hybrid/monitor.ts';
import { wiringOf } from './hybrid/wire.ts';
import type { Wiring } from './hybrid/wiring.ts';
import type { EffectPolicies } from './runtime/delivery/effect-rule.ts';
import { TroupeError } from './runtime/errors.ts';
import { checkName } from './runtime/message/address.ts';
import type { AnyContract, CommandContract, EventContract } from './runtime/message/contract.ts';
import { checkContractLists } from './runtime/message/contract-list.ts';
import { checkWaivers, type Waiver } from './runtime/message/waiver.ts';
import { toSchedule, type Schedule, type ScheduleOptions } from './runtime/turn/schedules.ts';
import type { Saga } from './sagas/saga.ts';

const MODULE_PARTS = { actors: 'actor', sagas: 'saga', monitors: 'monitor' };
const APP_OPTIONS = ['actors', 'sagas', 'monitors', 'modules', 'schedules', 'allow', 'effects', 'migrate'];
const APP_PARTS = { ...MODULE_PARTS, modules: 'module', schedules: 'schedule' };

/** A part of an app with a boundary. */
export interface Module extends ModuleDefinition {
  readonly kind: 'module';
}

/** What makes up a module. */
export interface ModuleOptions {
  readonly actors?: readonly Actor[] | undefined;
  readonly sagas?: readonly Saga[] | undefined;
  /** What its events have to lead to. */
  readonly monitors?: readonly Monitor[] | undefined;
  /** What others may use: commands to send, events to subscribe to. The rest is private. Without it nothing is. */
  readonly exposes?: readonly AnyContract[] | undefined;
  /** Findings of `check` that are right here, each with its reason. */
  readonly allow?: readonly Waiver[] | undefined;
}

/**
 * Defines a module: actors and sagas that belong together.
 *
 * @throws TroupeError `invalid-definition`
 */
export function defineModule(name: string, options: ModuleOptions): Module {
  checkName(name, 'a module');
  checkKeys(`The module ${name}`, options, ['actors', 'sagas', 'monitors', 'exposes', 'allow']);
  checkLists(`The module ${name}`, options, MODULE_PARTS);
  checkContractLists(`The module ${name}`, options);
  return {
    kind: 'module',
    name,
    actors: options.actors ?? [],
    sagas: options.sagas ?? [],
    monitors: options.monitors ?? [],
    exposes: options.exposes ?? [],
    allow: checkWaivers(`The module ${name}`, options.allow),
  };
}

/** Everything that runs in one process. */
export interface App extends Definitions {
  readonly kind: 'app';
  readonly modules: readonly Module[];
  readonly schedules: readonly Schedule[];
  readonly effects: EffectPolicies;
  readonly migrate: ((database: Database) => void) | undefined;
  /** Who starts, sends, handles and publishes what, by the definitions alone. */
  graph(): Wiring;
}

/** What makes up an app. */
export interface AppOptions {
  readonly actors?: readonly Actor[] | undefined;
  readonly sagas?: readonly Saga[] | undefined;
  /** What events have to lead to: `expect(OrderPlaced).leadsTo(OrderShipped, { within: '2d' })`. */
  readonly monitors?: readonly Monitor[] | undefined;
  readonly modules?: readonly Module[] | undefined;
  readonly schedules?: readonly Schedule[] | undefined;
  /** Findings of `check` that are right here, each with its reason. */
  readonly allow?: readonly Waiver[] | undefined;
  /**
   * What becomes of a second occurrence of an effect, by its name; `*` for all others. Default: it goes on, with a
   * warning.
   */
  readonly effects?: EffectPolicies | undefined;
  /** Creates or changes the application's own tables; called at every start, before anything runs. */
  readonly migrate?: ((database: Database) => void) | undefined;
}

/**
 * Defines an app: inert data that `createRuntime` and the test kit take.
 *
 * @throws TroupeError `invalid-definition`
 */
export function defineApp(options: AppOptions): App {
  checkKeys('defineApp', options, APP_OPTIONS);
  checkLists('defineApp', options, APP_PARTS);
  const { actors = [], sagas = [], monitors = [], modules = [], schedules = [], effects = {}, migrate } = options;
  const allow = checkWaivers('defineApp', options.allow);
  const parts = { actors, sagas, monitors, modules, schedules };
  const app: App = { kind: 'app', ...parts, allow, effects, migrate, graph: () => wiringOf(app) };
  return app;
}

/**
 * Defines a schedule: sends a command or publishes an event at every slot of a cron pattern or interval.
 *
 * @example
 * ```ts
 * defineSchedule('nightly', CloseBooks, (slot) => ({ day: new Date(slot).toISOString() }), { cron: '0 3 * * *',
 * timeZone: 'Europe/Berlin' });
 * ```
 *
 * @throws TroupeError `invalid-definition`, `invalid-duration`
 */
export function defineSchedule<Input>(
  name: string,
  contract: CommandContract<string, unknown, unknown, Input> | EventContract<string, unknown, Input>,
  data: (slot: number) => NoInfer<Input>,
  options: ScheduleOptions,
): Schedule {
  checkName(name, 'a schedule');
  checkKeys(`The schedule ${name}`, options, ['cron', 'timeZone', 'every', 'overlap', 'missed']);
  return toSchedule(name, { contract, data }, options);
}

function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TroupeError('invalid-definition', `${what} needs options. Use ${known.join(', ')}.`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TroupeError('invalid-definition', `${what} has an unknown option '${key}'. Use ${known.join(', ')}.`);
    }
  }
}

function checkLists(what: string, options: object, parts: Readonly<Record<string, string>>): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const [name, kind] of Object.entries(parts)) {
    const list = given[name] ?? [];
    if (Array.isArray(list) && list.every((one: unknown) => kindOf(one) === kind)) continue;
    throw new TroupeError(
      'invalid-definition',
      `${what} needs ${name} to be a list of what ${makerOf(kind)} returned. Write ${name}: [ … ].`,
    );
  }
}

const makerOf = (kind: string): string => (kind === 'monitor' ? 'expect(…).leadsTo' : `define${capitalized(kind)}`);

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
