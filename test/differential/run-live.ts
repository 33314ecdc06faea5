// The side that is right by definition: XState's own actors on a clock that stands still between the acts.
import { createActor, SimulatedClock, type AnyActor } from 'xstate';
import { buildMachine, rootInput } from './build-machine.ts';
import { FeatureInspector, type Saw } from './features.ts';
import type { Act, MachineSpec } from './machine-spec.ts';
import { escaped, leafEnd, timerName, viewOf, type Observed, type Run } from './observed.ts';

/** A simulated clock that goes from one due time to the next, so that a timer armed by a timer is in time. */
class SteppedClock extends SimulatedClock {
  readonly #dues = new Map<number, number>();
  readonly #fires: () => void;

  constructor(fires: () => void) {
    super();
    this.#fires = fires;
  }

  override setTimeout(run: () => void, ms: number): number {
    const id = super.setTimeout(() => {
      this.#dues.delete(id);
      this.#fires();
      run();
    }, ms);
    this.#dues.set(id, this.now() + ms);
    return id;
  }

  override clearTimeout(id: number): void {
    this.#dues.delete(id);
    super.clearTimeout(id);
  }

  advance(ms: number): void {
    const until = this.now() + ms;
    for (let due = this.#next(); due <= until; due = this.#next()) this.set(Math.max(due, this.now()));
    this.set(until);
  }

  #next(): number {
    return Math.min(...this.#dues.values());
  }
}

/** What XState calls an actor that takes nothing any more. */
const STOPPED = 2;

export class LiveRun implements Run {
  readonly #saw: Saw;
  readonly #features: FeatureInspector;
  readonly #clock = new SteppedClock(() => this.#features.fires());
  readonly #actor: AnyActor;
  readonly #dues = new Map<string, number>();
  #timerCount = 0;
  #leaves: AnyActor[] = [];
  #emitted: unknown[] = [];
  #done: unknown[] = [];
  #handled = false;

  constructor(spec: MachineSpec, saw: Saw) {
    this.#saw = saw;
    this.#features = new FeatureInspector(saw);
    const machine = buildMachine(spec, {
      leaf: this.#leaf(),
      note: ({ self, context, event }, params) =>
        this.#done.push({ path: pathOf(self), note: params, context, on: event.type }),
      saw,
    });
    this.#actor = createActor(machine, {
      input: rootInput,
      clock: this.#clock,
      logger: (label: unknown, value: unknown) => this.#done.push({ label, value }),
      inspect: event => this.#inspect(event),
    });
    this.#actor.subscribe({ error: () => {} });
    this.#listen();
  }

  start(): Observed {
    this.#actor.start();
    return this.#observe();
  }

  act(act: Act): Observed {
    this.#handled = false;
    switch (act.kind) {
      case 'event': {
        const event = { type: act.type, v: act.v };
        this.#actor.send(event);
        return this.#observe(this.#handled);
      }
      case 'advance':
        this.#clock.advance(act.ms);
        return this.#observe();
      case 'settle': {
        const leaf = this.#leaves[act.which % this.#leaves.length];
        const end = { type: 'harness.end', isOk: act.isOk, v: act.v };
        leaf?.send(end);
        return this.#observe();
      }
      case 'stale':
        return this.#observe();
    }
  }

  tags(): string[] {
    return [...((this.#actor.getSnapshot().tags ?? []) as Iterable<string>)].toSorted();
  }

  #leaf(): unknown {
    const forget = (self: AnyActor): void => {
      this.#leaves = this.#leaves.filter(leaf => leaf !== self);
    };
    return {
      getInitialSnapshot: (_: unknown, input: unknown) => ({ status: 'active', input }),
      getPersistedSnapshot: (snapshot: unknown) => snapshot,
      start: (_: unknown, { self }: { self: AnyActor }) => {
        this.#saw('durable child started');
        this.#leaves.push(self);
      },
      transition: (snapshot: object, event: any, { self }: { self: AnyActor }) => {
        if (event.type === 'harness.end') {
          forget(self);
          return { ...snapshot, ...leafEnd(event.isOk, event.v) };
        }
        if (event.type !== 'xstate.stop') return snapshot;
        this.#saw('durable child stopped');
        forget(self);
        return { ...snapshot, status: 'stopped' };
      },
    };
  }

  #inspect(event: any): void {
    if (event.type === '@xstate.actor') {
      const path = pathOf(event.actorRef);
      event.actorRef.on('*', (emitted: unknown) => this.#emitted.push({ path, event: emitted }));
    }
    // Which of two regions goes first is not in a snapshot of XState's; both sides take them in document order.
    if (event.type === '@xstate.snapshot') event.snapshot['_nodes']?.sort((a: any, b: any) => a.order - b.order);
    if (event.type === '@xstate.microstep' && event.actorRef === this.#actor) {
      this.#handled ||= event['_transitions'].length > 0;
    }
    this.#features.inspect(event);
  }

  #observe(handled?: boolean): Observed {
    const observed = {
      tree: viewOf(this.#actor.getPersistedSnapshot()),
      emitted: this.#emitted,
      done: this.#done,
      leaves: this.#leaves.map(pathOf),
      timers: this.#timers(),
      handled,
    };
    this.#emitted = [];
    this.#done = [];
    return observed;
  }

  /** XState does not say when a timer is due, so its scheduler is overheard. */
  #listen(): void {
    const { scheduler } = this.#actor.system as any;
    const schedule = scheduler.schedule;
    scheduler.schedule = (source: AnyActor, target: AnyActor, event: unknown, delay: number, given?: string) => {
      const id = given ?? `timer ${(this.#timerCount += 1)}`;
      this.#dues.set(`${source.sessionId}.${id}`, this.#clock.now() + delay);
      schedule(source, target, event, delay, id);
    };
  }

  /** What is armed and can still reach somebody. */
  #timers(): string[] {
    const { _scheduledEvents: scheduled } = this.#actor.system.getSnapshot();
    return Object.entries(scheduled)
      .filter(([, { target }]) => (target as any)['_processingStatus'] !== STOPPED)
      .map(([key, { source, target, event }]) =>
        timerName(pathOf(source), pathOf(target), event.type, this.#dues.get(key)),
      )
      .toSorted();
  }
}

function pathOf(ref: any): string {
  const parent = ref['_parent'];
  return parent ? `${pathOf(parent)}/${escaped(ref.id)}` : '';
}
