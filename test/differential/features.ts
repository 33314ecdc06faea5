// What a batch of cases really used, seen from XState's inspection, so that a generator gone blind is noticed.

/** Every feature a batch must use. */
export const FEATURES = [
  'parallel states',
  'shallow history restored',
  'deep history restored',
  'history without memory',
  'always',
  'after',
  'named delay',
  'onDone of a state',
  'output of a final state',
  'tags',
  'guard and',
  'guard or',
  'guard not',
  'guard stateIn',
  'guard with params',
  'action with params',
  'raise',
  'delayed raise',
  'sendTo itself',
  'sendTo a child',
  'sendTo the parent',
  'sendTo by system id',
  'system id unknown',
  'delayed sendTo',
  'timer to itself fired',
  'timer to another fired',
  'cancel',
  'emit',
  'emit of a child',
  'log',
  'custom action',
  'enqueueActions',
  'spawnChild',
  'spawn in assign',
  'stopChild',
  'reenter',
  'wildcard',
  'partial wildcard',
  'several targets',
  'nested machine',
  'nested machine in a nested machine',
  'nested machine done',
  'nested machine failed',
  'onSnapshot',
  'snapshot of a child read',
  'fromTransition',
  'fromTransition takes an event',
  'durable child started',
  'durable child stopped',
  'onDone of a child',
  'onError of a child',
  'case ends done',
  'case ends in error',
  'case throws',
  'stale reply',
  'goes on from memory',
] as const;

export type Feature = (typeof FEATURES)[number];
export type Saw = (feature: Feature) => void;

/** Listens to the inspection of one actor system. */
export class FeatureInspector {
  readonly #saw: Saw;
  /** What each actor remembered before its current microstep. */
  readonly #histories = new WeakMap<object, Readonly<Record<string, unknown>>>();
  #isFiring = false;

  constructor(saw: Saw) {
    this.#saw = saw;
  }

  /** A timer is about to send its event. */
  fires(): void {
    this.#isFiring = true;
  }

  inspect(event: any): void {
    switch (event.type) {
      case '@xstate.actor':
        this.#actor(event.actorRef);
        break;
      case '@xstate.event':
        this.#event(event);
        break;
      case '@xstate.action':
        this.#action(event.actorRef, event.action);
        break;
      case '@xstate.microstep':
        this.#microstep(event);
        break;
    }
  }

  #actor(ref: any): void {
    const parent = ref['_parent'];
    if (!parent) return;
    if ('root' in ref.logic) this.#saw(parent['_parent'] ? 'nested machine in a nested machine' : 'nested machine');
    else if ('config' in ref.logic) this.#saw('fromTransition');
  }

  #event({ sourceRef, actorRef, event }: any): void {
    if (this.#isFiring && !event.type.startsWith('xstate.after.')) {
      this.#saw(sourceRef === actorRef ? 'timer to itself fired' : 'timer to another fired');
    }
    this.#isFiring = false;
    if (!sourceRef || !('root' in sourceRef.logic)) return;
    if (event.type.startsWith('xstate.done.actor.')) this.#saw('nested machine done');
    if (event.type.startsWith('xstate.error.actor.')) this.#saw('nested machine failed');
  }

  #action(ref: any, { type, params }: any): void {
    switch (type) {
      case 'xstate.raise':
        if (!params.event.type.startsWith('xstate.')) this.#saw(params.delay === undefined ? 'raise' : 'delayed raise');
        break;
      case 'xstate.sendTo':
        this.#sendTo(ref, params);
        break;
      case 'xstate.cancel':
        if (!params.sendId.startsWith('xstate.')) this.#saw('cancel');
        break;
      case 'xstate.emit':
        this.#saw(ref['_parent'] ? 'emit of a child' : 'emit');
        break;
      case 'xstate.spawnChild':
        if (!('id' in params && /\d/.test(params.id))) this.#saw('spawnChild');
        break;
      case 'xstate.stopChild':
        if (params && !/\d/.test(params.id)) this.#saw('stopChild');
        break;
      case 'xstate.log':
        this.#saw('log');
        break;
      case 'note':
        this.#saw('custom action');
        break;
    }
  }

  #sendTo(ref: any, { to, delay }: any): void {
    if (delay !== undefined) this.#saw('delayed sendTo');
    else if (to === ref) this.#saw('sendTo itself');
    else this.#saw(to === ref['_parent'] ? 'sendTo the parent' : 'sendTo a child');
  }

  #microstep({ actorRef, event, snapshot, _transitions: transitions }: any): void {
    const before = this.#histories.get(actorRef) ?? {};
    this.#histories.set(actorRef, snapshot.historyValue);
    if (hasRegions(snapshot.value)) this.#saw('parallel states');
    if (snapshot.tags.size > 0) this.#saw('tags');
    if (event.type.startsWith('xstate.done.state.') && event.output !== undefined) this.#saw('output of a final state');
    for (const transition of transitions) this.#transition(transition, before);
  }

  #transition({ eventType, target, reenter, guard }: any, before: Readonly<Record<string, unknown>>): void {
    const kind = KINDS.find(([pattern]) => pattern.test(eventType ?? 'xstate.init'));
    if (kind) this.#saw(kind[1]);
    if (/^xstate\.after\.[a-z]/i.test(eventType)) this.#saw('named delay');
    if (reenter) this.#saw('reenter');
    this.#guard(guard);
    if (target?.length > 1) this.#saw('several targets');
    for (const node of target ?? []) {
      if (node.type !== 'history') continue;
      if (!(node.id in before)) this.#saw('history without memory');
      else this.#saw(node.history === 'deep' ? 'deep history restored' : 'shallow history restored');
    }
  }

  #guard(guard: any): void {
    const parts: any[] = guard?.guards ?? [];
    for (const part of parts) this.#guard(part);
    const name: unknown = guard?.name;
    // The builder's own guard against endless runs is no feature.
    if (name === 'and' && parts[0]?.name === 'hasFuel') return;
    if (name === 'and' || name === 'or' || name === 'not' || name === 'stateIn') this.#saw(`guard ${name}`);
  }
}

const KINDS: readonly (readonly [RegExp, Feature])[] = [
  [/^$/, 'always'],
  [/^xstate\.after\./, 'after'],
  [/^xstate\.done\.state\./, 'onDone of a state'],
  [/^xstate\.done\.actor\./, 'onDone of a child'],
  [/^xstate\.error\.actor\./, 'onError of a child'],
  [/^xstate\.snapshot\./, 'onSnapshot'],
  [/^\*$/, 'wildcard'],
  [/\.\*$/, 'partial wildcard'],
];

function hasRegions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const inner = Object.values(value);
  return inner.length > 1 || inner.some(hasRegions);
}
