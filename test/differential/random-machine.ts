// Draws a case from a seed: a random machine with everything it may start, and what happens to it.
import { seededRandom } from '../../src/testing/seeded-random.ts';
import {
  INNER,
  OUTER,
  type ActionSpec,
  type Act,
  type ActorSpec,
  type Case,
  type ChildSpec,
  type DelaySpec,
  type GuardSpec,
  type InvokeSpec,
  type MachineSpec,
  type Recipient,
  type StateSpec,
  type TransitionSpec,
} from './machine-spec.ts';

/** The same seed always draws the same case. */
export function randomCase(seed: number): Case {
  const dice = new Dice(seed);
  const machine = new Draw(dice, 'root', 0).machine();
  const acts = dice.times(4, 14, () => randomAct(dice));
  return { machine, acts, from: dice.pick(['text', 'text', 'text', 'memory', 'both']) };
}

function randomAct(dice: Dice): Act {
  const v = dice.below(10);
  const roll = dice.below(20);
  if (roll < 9) return { kind: 'event', type: dice.chance(0.85) ? dice.pick(OUTER) : dice.pick(INNER), v };
  if (roll < 14) return { kind: 'advance', ms: dice.pick([0, 10, 10, 20, 50, 100]) };
  if (roll < 19) return { kind: 'settle', which: dice.below(6), isOk: dice.chance(0.7), v };
  return { kind: 'stale', which: dice.below(6), v };
}

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // The first draws of neighbouring seeds are alike.
    for (let i = 0; i < 3; i++) this.#random();
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  times<T>(least: number, most: number, draw: () => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, draw);
  }

  /** The members of an object that come true, one after the other. */
  maybe<T>(probability: number, draw: () => T): T | undefined {
    return this.chance(probability) ? draw() : undefined;
  }
}

/** A state while it is drawn: its shape first, what it does when all keys are known. */
type Growing = { -readonly [Key in keyof StateSpec]: Key extends 'states' ? Growing[] : StateSpec[Key] };

const MOST_DEPTH = 3;
const SPAWNED = ['kid', 'cub'];
const TIMERS = ['t', 'u'];
const DELAYS: readonly DelaySpec[] = ['none', 'short', 'short', 'long', 'fromContext', 15, 20];
const AFTER = ['none', 'short', 'short', 'long', 'fromContext', '15', '20', '0'];

class Draw {
  readonly #dice: Dice;
  readonly #id: string;
  readonly #depth: number;
  readonly #keys: string[] = [];
  /** Ids of what the states from the root down to the one being filled invoke. */
  readonly #reach: string[] = [];
  #invokes = 0;
  readonly #sources: readonly string[];
  readonly #actors: Readonly<Record<string, ActorSpec>>;

  constructor(dice: Dice, id: string, depth: number) {
    this.#dice = dice;
    this.#id = id;
    this.#depth = depth;
    const actors = dice.times(depth === 0 ? 1 : 0, depth === 0 ? 3 : 2, () => this.#actor());
    this.#actors = Object.fromEntries(actors.map((actor, index) => [`${actor.kind}${index}`, actor]));
    this.#sources = Object.keys(this.#actors);
  }

  machine(): MachineSpec {
    const kind = this.#dice.chance(0.3) ? 'parallel' : 'normal';
    const root = this.#shape(this.#id, kind, 0);
    this.#fill(root, true);
    return { id: this.#id, root, actors: this.#actors };
  }

  #actor(): ActorSpec {
    const roll = this.#dice.below(10);
    if (roll < 4) return { kind: 'leaf' };
    if (roll < 5 || this.#depth >= 2) return { kind: 'transition' };
    const machine = new Draw(this.#dice, `${this.#id}-${this.#dice.below(1_000)}`, this.#depth + 1).machine();
    return { kind: 'machine', machine };
  }

  #shape(key: string, kind: StateSpec['kind'], depth: number): Growing {
    this.#keys.push(key);
    const state: Growing = { key, kind };
    if (this.#dice.chance(0.5)) state.hasId = true;
    if (kind === 'normal' && depth > 0 && (depth >= MOST_DEPTH || this.#dice.chance(0.6))) return state;
    if (kind !== 'normal' && kind !== 'parallel') return state;
    const states = this.#dice.times(2, depth === 0 && this.#depth === 0 ? 3 : 2, () =>
      this.#shape(this.#newKey(), this.#kind(kind, depth), depth + 1),
    );
    if (this.#dice.chance(0.45)) states.push(this.#historyOf(states));
    state.states = states;
    state.initial = this.#dice.pick(states).key;
    return state;
  }

  #newKey(): string {
    return `s${this.#keys.length}`;
  }

  #kind(parent: StateSpec['kind'], depth: number): StateSpec['kind'] {
    const roll = this.#dice.below(10);
    if (parent === 'normal' && roll < 2) return 'final';
    return roll < 3 && depth < MOST_DEPTH - 1 ? 'parallel' : 'normal';
  }

  #historyOf(siblings: readonly Growing[]): Growing {
    const history = this.#shape(this.#newKey(), this.#dice.chance(0.5) ? 'deep' : 'shallow', 0);
    if (this.#dice.chance(0.4)) history.fallback = this.#dice.pick(siblings).key;
    return history;
  }

  #fill(state: Growing, isRoot: boolean): void {
    const dice = this.#dice;
    if (state.kind === 'shallow' || state.kind === 'deep') return;
    if (dice.chance(0.25)) state.tags = dice.times(1, 2, () => dice.pick(['red', 'green', 'blue']));
    const before = this.#reach.length;
    if (state.kind !== 'final') this.#behave(state, isRoot);
    if (dice.chance(0.35)) state.entry = dice.times(1, 2, () => this.#action(2));
    if (dice.chance(0.25)) state.exit = dice.times(1, 2, () => this.#action(2));
    if (state.kind === 'final' && dice.chance(0.5)) state.hasOutput = true;
    this.#reach.length = before;
  }

  #behave(state: Growing, isRoot: boolean): void {
    const dice = this.#dice;
    if (this.#sources.length > 0 && dice.chance(0.35)) state.invoke = dice.times(1, 2, () => this.#invoke());
    for (const child of state.states ?? []) this.#fill(child, false);
    state.on = this.#on(isRoot);
    if (dice.chance(0.1)) state.always = dice.times(1, 2, () => this.#transition(true));
    if (dice.chance(0.3)) {
      const delays = dice.times(1, 2, () => dice.pick(AFTER));
      state.after = Object.fromEntries(delays.map(delay => [delay, this.#candidates()]));
    }
    if (state.states && dice.chance(0.5)) state.onDone = this.#candidates();
  }

  #on(isRoot: boolean): NonNullable<StateSpec['on']> {
    const types = this.#dice.times(isRoot ? 1 : 0, 3, () => this.#descriptor());
    return Object.fromEntries(types.map(type => [type, this.#candidates()]));
  }

  #descriptor(): string {
    const roll = this.#dice.below(20);
    if (roll < 11) return this.#dice.pick(OUTER);
    if (roll < 16) return this.#dice.pick(INNER);
    if (roll < 18) return this.#dice.pick(['*', 'out.*', 'in.*']);
    const kind = this.#dice.pick(['done.actor', 'error.actor', 'snapshot']);
    return `xstate.${kind}.${this.#dice.pick(SPAWNED)}`;
  }

  #candidates(): TransitionSpec[] {
    const count = this.#dice.pick([1, 1, 1, 2, 3]);
    return Array.from({ length: count }, (_, index) => this.#transition(index < count - 1 || this.#dice.chance(0.2)));
  }

  #transition(isGuarded: boolean): TransitionSpec {
    const dice = this.#dice;
    const target = dice.maybe(0.75, () => dice.times(1, dice.chance(0.06) ? 2 : 1, () => dice.pick(this.#keys)));
    const guard = isGuarded ? this.#guard(2) : undefined;
    const actions = dice.maybe(0.6, () => dice.times(1, 3, () => this.#action(2)));
    return {
      ...(target && { target }),
      ...(guard && { guard }),
      ...(actions && { actions }),
      ...(dice.chance(0.2) && { reenter: true }),
    };
  }

  #guard(depth: number): GuardSpec {
    const dice = this.#dice;
    const roll = dice.below(depth > 0 ? 12 : 8);
    if (roll < 3) return { kind: 'less', than: 2 + dice.below(7) };
    if (roll < 5) return { kind: 'named', than: 2 + dice.below(7) };
    if (roll < 6) return { kind: 'odd' };
    if (roll < 8) {
      return dice.chance(0.05) ? { kind: 'throws', below: 10 } : { kind: 'in', state: dice.pick(this.#keys) };
    }
    if (roll < 10) return { kind: 'not', of: [this.#guard(depth - 1)] };
    return { kind: dice.pick(['and', 'or'] as const), of: dice.times(2, 2, () => this.#guard(depth - 1)) };
  }

  #action(depth: number): ActionSpec {
    const dice = this.#dice;
    const k = dice.below(10);
    switch (dice.pick(depth > 0 ? ACTIONS : SIMPLE)) {
      case 'assign':
        return { kind: 'assign', k };
      case 'bump':
        return { kind: 'bump', k };
      case 'note':
        return { kind: 'note', k };
      case 'take':
        return { kind: 'take' };
      case 'raise':
        return { kind: 'raise', type: dice.pick(INNER), ...this.#timing() };
      case 'send':
        return { kind: 'send', to: this.#recipient(), type: dice.pick(INNER), ...this.#timing() };
      case 'forward':
        return { kind: 'forward', to: this.#invokedId() };
      case 'cancel':
        return { kind: 'cancel', id: dice.pick(TIMERS) };
      case 'emit':
        return { kind: 'emit', type: dice.pick(['told.a', 'told.b']) };
      case 'log':
        return { kind: 'log', label: dice.pick(['one', 'two']) };
      case 'enqueue':
        return {
          kind: 'enqueue',
          ...(dice.chance(0.6) && {
            check: this.#guard(1),
            no: dice.times(0, 1, () => this.#action(depth - 1)),
          }),
          yes: dice.times(1, 2, () => this.#action(depth - 1)),
        };
      case 'spawn':
        if (this.#sources.length === 0) return { kind: 'take' };
        return { kind: 'spawn', ...this.#child(dice.pick(SPAWNED)), ...(dice.chance(0.25) && { inAssign: true }) };
      case 'stop':
        return { kind: 'stop', id: dice.pick(SPAWNED) };
      case 'throws':
        return { kind: 'throws', below: dice.below(25) };
    }
  }

  #timing(): { delay?: DelaySpec; id?: string } {
    const dice = this.#dice;
    if (dice.chance(0.45)) return {};
    return { delay: dice.pick(DELAYS), ...(dice.chance(0.5) && { id: dice.pick(TIMERS) }) };
  }

  #recipient(): Recipient {
    const roll = this.#dice.below(10);
    if (roll < 2) return { kind: 'self' };
    if (this.#depth > 0 && roll < 6) return { kind: 'parent' };
    if (roll < 8) return { kind: 'child', id: this.#invokedId() };
    return { kind: 'system', id: this.#dice.chance(0.5) ? this.#dice.pick(SPAWNED) : this.#invokedId() };
  }

  #invokedId(): string {
    return this.#reach.length === 0 ? 'i1' : this.#dice.pick(this.#reach);
  }

  #child(id: string | undefined): ChildSpec {
    const dice = this.#dice;
    return {
      src: dice.pick(this.#sources),
      ...(id !== undefined && { id }),
      ...(dice.chance(0.8) && { input: dice.below(10) }),
      ...(dice.chance(0.25) && { isNamed: true }),
    };
  }

  #invoke(): InvokeSpec {
    const dice = this.#dice;
    const id = dice.maybe(0.85, () => {
      const next = `i${(this.#invokes += 1)}`;
      this.#reach.push(next);
      return next;
    });
    return {
      ...this.#child(id),
      ...(dice.chance(0.75) && { onDone: this.#candidates() }),
      ...(dice.chance(0.75) && { onError: this.#candidates() }),
      ...(dice.chance(0.25) && { onSnapshot: this.#candidates() }),
    };
  }
}

const SIMPLE = ['assign', 'assign', 'bump', 'note', 'take', 'emit', 'log', 'raise', 'send', 'cancel'] as const;
const ACTIONS = [...SIMPLE, 'send', 'raise', 'assign', 'forward', 'enqueue', 'spawn', 'stop', 'throws'] as const;
