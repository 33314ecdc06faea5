// createRuntime: compiles an app to behaviors, checks it as a whole, and starts it.
import type { Actor } from './actors/actor.ts';
import { toActorBehavior } from './actors/actor-behavior.ts';
import type { App } from './app.ts';
import { assertCheckOptions } from './hybrid/check.ts';
import { checkAtStart } from './hybrid/check-at-start.ts';
import type { CheckOptions } from './hybrid/finding.ts';
import { assertBoundaries } from './hybrid/boundaries.ts';
import { toMonitorBehavior } from './hybrid/monitor-behavior.ts';
import { TroupeError } from './runtime/errors.ts';
import { checkPolicies } from './runtime/effect-policies.ts';
import { signalOutdated } from './runtime/operations.ts';
import { resolveOptions, type RuntimeOptions as KernelOptions } from './runtime/options.ts';
import { createLogger } from './runtime/platform/logger.ts';
import { CoreRuntime } from './runtime/runtime.ts';
import { stopOnSignals } from './runtime/signals.ts';
import { start, type Program } from './runtime/start.ts';
import { ownerOf } from './runtime/store/lock.ts';
import type { Behavior } from './runtime/turn/behavior.ts';
import type { Kernel } from './runtime/turn/kernel.ts';
import { toSagaBehaviors } from './sagas/saga-behavior.ts';
import type { Saga } from './sagas/saga.ts';
import { SagaOperations } from './sagas/saga-operations.ts';

/** Options of `createRuntime`. */
export interface RuntimeOptions extends KernelOptions {
  /** In development the app is checked at the start: how, or `false` for not at all. Production never does. */
  readonly check?: CheckOptions | false | undefined;
}

/** The live process. Everything it can do to an instance is a method here. */
export class Runtime extends CoreRuntime {
  /** Looking at sagas and acting on them. */
  readonly sagas: SagaOperations = new SagaOperations({
    stored: (name, key) => this.storedInstance(name, key),
    storedAfter: (name, limit, after) => this.storedInstances(name, limit, after),
    signal: (name, key, data) => this.signal(name, key, data),
    turns: (name, key) => this.turnsOf(name, key),
    replaceState: (name, key, change) => this.replaceState(name, key, change),
    holdingMessage: (name, key) => this.holdingMessage(name, key),
    releaseHeld: (name, key, how) => this.releaseHeld(name, key, how),
    watch: (address, watch) => this.watchInstance(address, watch),
  });

  /** The last committed state of an actor's instance; undefined where it has none. */
  state<State>(actor: Actor<State>, key?: string): State | undefined {
    return this.stateOf(actor, key) as State | undefined;
  }
}

/**
 * Starts an app on a database and resolves when it is recovered and takes messages.
 *
 * @example
 * ```ts
 * await using runtime = await createRuntime(app, { database: 'app.db' });
 * await runtime.publish(OrderPlaced, { orderId: '1', cents: 4200 });
 * ```
 *
 * @throws TroupeError `invalid-options`, `no-owner`, `duplicate-owner`, `duplicate-name`, `private-contract`,
 * `check-failed`, `store-locked`, `orphaned-work` and the other `store-…` codes
 */
export async function createRuntime(app: App, options: RuntimeOptions): Promise<Runtime> {
  const resolved = resolveOptions(options);
  const program = compile(app);
  const { check } = options;
  if (check !== false) {
    assertCheckOptions(check);
    if (resolved.development) checkAtStart(app, check, () => createLogger(resolved.logger));
  }
  if (resolved.onExisting === 'replace') await ownerOf(fileOf(resolved.database))?.stop?.();
  const { kernel, store } = await start(program, resolved, {});
  const runtime = new Runtime(kernel, store);
  const owner = ownerOf(store.info.file);
  if (owner) owner.stop = () => runtime.stop();
  await restoreSagas(kernel, app);
  if (resolved.handleSignals) stopOnSignals(() => runtime.stop());
  return runtime;
}

/** What a migration starts or arms anew must not wait for the next message of its instance. */
export async function restoreSagas(kernel: Kernel, app: App): Promise<void> {
  for (const { name, options } of sagasOf(app)) {
    const { version = 1, migrate } = options;
    if (migrate) await signalOutdated(kernel, { name, version }, { restored: true });
  }
}

function fileOf(database: KernelOptions['database']): string {
  if (typeof database === 'string') return database;
  return database instanceof Uint8Array ? ':memory:' : database.name;
}

/** Compiles and checks an app; throws where its parts do not fit together. */
export function compile(app: App): Program {
  if (app?.kind !== 'app') {
    throw new TroupeError('invalid-options', 'createRuntime needs an app. Pass what defineApp returned.');
  }
  const behaviors = behaviorsOf(app);
  checkNames(behaviors);
  checkEventOwners(behaviors);
  checkCommandOwners(behaviors, app);
  checkPolicies(app.effects, behaviors);
  if (app.modules.length > 0) assertBoundaries(app);
  return { behaviors, schedules: app.schedules, effects: app.effects, migrate: app.migrate };
}

/** What the parts of an app, and of its modules, compile to. */
export function behaviorsOf(app: App): readonly Behavior[] {
  const actors = [...app.actors, ...app.modules.flatMap(module => module.actors)];
  const monitors = [...app.monitors, ...app.modules.flatMap(module => module.monitors)];
  return [
    ...actors.map(actor => toActorBehavior(actor)),
    ...toSagaBehaviors(sagasOf(app)),
    ...monitors.map(monitor => toMonitorBehavior(monitor)),
  ];
}

const sagasOf = (app: App): readonly Saga[] => [...app.sagas, ...app.modules.flatMap(module => module.sagas)];

function checkNames(behaviors: readonly Behavior[]): void {
  const names = new Set<string>();
  for (const { name } of behaviors) {
    if (names.has(name)) {
      throw new TroupeError(
        'duplicate-name',
        `Two actors, sagas or monitors are named ${name}. Rename one: the name is part of every address.`,
      );
    }
    names.add(name);
  }
  for (const { name, renamedFrom } of behaviors) {
    if (renamedFrom === undefined || !names.has(renamedFrom)) continue;
    throw new TroupeError(
      'duplicate-name',
      `${name} was renamed from ${renamedFrom}, and the app has a ${renamedFrom}: it would lose its work to ${name}. ` +
        'Drop renamedFrom, or give the new one another name.',
    );
  }
}

/** An event has one owning actor or saga, who declares that it publishes it; all monitors share theirs. */
function checkEventOwners(behaviors: readonly Behavior[]): void {
  const owners = new Map<string, string>();
  for (const behavior of behaviors) {
    const { publishes } = behavior;
    const name = behavior.kind === 'monitor' ? 'the monitors' : behavior.name;
    for (const { type } of new Set(publishes)) {
      const owner = owners.get(type);
      if (owner !== undefined && (owner !== name || behavior.kind !== 'monitor')) {
        throw new TroupeError(
          'duplicate-owner',
          `The event ${type} is published by ${owner} and by ${name}. A fact has one owner: let the other ` +
            'publish an event of its own.',
        );
      }
      owners.set(type, name);
    }
  }
}

/** Everything that is sent has an owner; that there is only one is checked when handlers are registered. */
function checkCommandOwners(behaviors: readonly Behavior[], app: App): void {
  const owned = new Set(
    behaviors.flatMap(({ handlers }) =>
      handlers.flatMap(({ contract }) => (contract?.kind === 'command' ? [contract.type] : [])),
    ),
  );
  const sent = [
    ...behaviors.flatMap(({ name, sends }) => sends.map(({ type }) => [type, name] as const)),
    ...app.schedules.flatMap(({ name, contract }) =>
      contract.kind === 'command' ? [[contract.type, `schedule ${name}`] as const] : [],
    ),
  ];
  for (const [type, sender] of sent) {
    if (owned.has(type)) continue;
    throw new TroupeError(
      'no-owner',
      `No owner for command ${type}, which ${sender} sends. Add an actor with .on(${type}) to defineApp({ actors }).`,
    );
  }
}
