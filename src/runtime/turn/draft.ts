// A copy-on-write draft of a JSON state (K4): a turn changes it freely, the state it was made from stays as it is.
import { TroupeError } from '../errors.ts';
import { JsonCopier, type Json, type JsonLimits } from '../message/json.ts';

/** The limits of a state: 1 MiB, 64 levels. */
export const stateLimits: JsonLimits = { bytes: 1_048_576, depth: 64, keys: Number.POSITIVE_INFINITY };

const nodeOf = Symbol('troupe.draft');
const cycle = { found: 'a part of itself (a cycle)', remedy: 'Store an id instead.' };

type Container = Record<PropertyKey, unknown>;
interface MaybeDraft {
  readonly [nodeOf]?: DraftNode;
}

/** What the drafts of one state share. */
interface Scope {
  closed: boolean;
}

/** One drafted object or array, and the handler of its proxy. `base` is frozen; `copy` appears with the first write. */
class DraftNode implements ProxyHandler<Container> {
  readonly scope: Scope;
  readonly parent: DraftNode | undefined;
  readonly base: Container;
  /** The value came with the state, so it was checked before. */
  readonly trusted: boolean;
  readonly level: number;
  readonly proxy: object;
  copy: Container | undefined;
  /** Drafts handed out while there is no copy to keep them in. */
  children: Map<PropertyKey, object> | undefined;
  dirty: boolean = false;
  finishing: boolean = false;
  result: Json | undefined;

  constructor(scope: Scope, base: object, parent: DraftNode | undefined, trusted: boolean) {
    this.scope = scope;
    this.base = base as Container;
    this.parent = parent;
    this.trusted = trusted;
    this.level = parent === undefined ? 0 : parent.level + 1;
    this.copy = trusted ? undefined : shallowCopy(base);
    this.proxy = new Proxy((Array.isArray(base) ? [] : {}) as Container, this);
  }

  get(_target: object, key: PropertyKey): unknown {
    if (key === nodeOf) return this;
    const value = this.#latest()[key];
    return typeof value === 'object' && value !== null ? this.#child(key, value) : value;
  }

  set(_target: object, key: PropertyKey, value: unknown): boolean {
    const latest = this.#latest();
    if (typeof key === 'symbol' || (Array.isArray(latest) && !isItemKey(key))) return false;
    if (Object.is(latest[key], value) && Object.hasOwn(latest, key)) return true;
    if (value !== undefined && this.children?.get(key) === value) return true;
    const copy = this.#write();
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true });
    else copy[key] = value;
    return true;
  }

  has(_target: object, key: PropertyKey): boolean {
    return key in this.#latest();
  }

  deleteProperty(_target: object, key: PropertyKey): boolean {
    return !Object.hasOwn(this.#latest(), key) || delete this.#write()[key];
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#latest());
  }

  getOwnPropertyDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
    const own = Reflect.getOwnPropertyDescriptor(this.#latest(), key);
    if (own === undefined) return undefined;
    const isLength = key === 'length' && Array.isArray(target);
    const value = this.get(target, key);
    return { value, writable: true, enumerable: own.enumerable === true, configurable: !isLength };
  }

  getPrototypeOf(): object | null {
    return Reflect.getPrototypeOf(this.#latest());
  }

  defineProperty(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  #latest(): Container {
    if (this.scope.closed) throw closed();
    return this.copy ?? this.base;
  }

  #child(key: PropertyKey, value: object): unknown {
    const { copy, base } = this;
    const known = copy === undefined ? this.children?.get(key) : (value as MaybeDraft)[nodeOf] && value;
    if (known !== undefined) return known;
    const trusted = this.trusted && value === base[key] && Object.hasOwn(base, key);
    if (!trusted && !isFrozenJson(value)) return value;
    const draft = new DraftNode(this.scope, value, this, trusted).proxy;
    if (copy === undefined) (this.children ??= new Map<PropertyKey, object>()).set(key, draft);
    else copy[key] = draft;
    return draft;
  }

  #write(): Container {
    for (let node: DraftNode | undefined = this; node?.dirty === false; node = node.parent) node.dirty = true;
    if (this.copy !== undefined) return this.copy;
    const copy = shallowCopy(this.base);
    if (this.children !== undefined) for (const [key, draft] of this.children) copy[key] = draft;
    this.children = undefined;
    return (this.copy = copy);
  }
}

/** A state under change. After `finish` or `revoke` every use of it, or of what was read from it, throws `ctx-closed`. */
export class StateDraft {
  readonly #base: unknown;
  readonly #scope: Scope = { closed: false };
  #value: unknown;
  #root: DraftNode | undefined;
  readonly #copier: JsonCopier = new JsonCopier('state', stateLimits, (object, level) => this.#known(object, level));

  /** `base` is deeply frozen JSON (or `undefined`, for an actor without state). */
  constructor(base: unknown) {
    this.#base = base;
    this.#value = base;
  }

  /** What a handler reads and changes: a draft of an object or array, else the value itself. */
  get value(): unknown {
    if (this.#scope.closed) throw closed();
    const value = this.#value;
    if (typeof value !== 'object' || value === null || this.#root?.proxy === value) return value;
    const trusted = value === this.#base;
    if (!trusted && !isFrozenJson(value)) return value;
    this.#root = new DraftNode(this.#scope, value, undefined, trusted);
    return (this.#value = this.#root.proxy);
  }

  set value(value: unknown) {
    if (this.#scope.closed) throw closed();
    this.#value = value;
  }

  /**
   * The state after the changes, deeply frozen; what did not change is the same object as before.
   *
   * @throws TroupeError `not-json`, `too-large`, `ctx-closed`
   */
  finish(): { state: unknown; changed: boolean } {
    if (this.#scope.closed) throw closed();
    try {
      const value = this.#value;
      const isUntouched = Object.is(value, this.#base) || (this.#root?.dirty === false && value === this.#root.proxy);
      if (isUntouched && this.#root?.trusted !== false) return { state: this.#base, changed: false };
      const state = value === undefined ? undefined : this.#copier.copy(value, 0);
      return { state, changed: !Object.is(state, this.#base) };
    } finally {
      this.#scope.closed = true;
    }
  }

  /** Drops the changes. */
  revoke(): void {
    this.#scope.closed = true;
  }

  /** Answers the copier for drafts, wherever they were put: in the tree or inside new objects. */
  #known(value: object, level: number): Json | undefined {
    const node = (value as MaybeDraft)[nodeOf];
    if (node === undefined || node.scope !== this.#scope) return undefined;
    let result = node.trusted && !node.dirty ? (node.base as Json) : node.result;
    if (result === undefined) {
      if (node.finishing) this.#copier.refuse(cycle, level);
      node.finishing = true;
      result = node.result = node.trusted ? this.#merge(node, level) : this.#copier.copy(node.copy, level);
    }
    if (level > node.level) this.#checkDepth(result, level);
    return result;
  }

  /** Checks what was written and keeps the rest. */
  #merge({ base, copy, children }: DraftNode, level: number): Json {
    const copier = this.#copier;
    copier.enter(base, level);
    const next = copy ?? shallowCopy(base);
    if (copy === undefined) for (const [key, draft] of children ?? []) next[key] = draft;
    if (Array.isArray(next)) {
      for (let index = 0; index < next.length; index++) {
        const value: unknown = next[index];
        if (value !== undefined && value === base[index]) continue;
        copier.path[level] = index;
        next[index] = copier.copy(value, level + 1);
      }
      return Object.freeze(next) as Json;
    }
    for (const key in next) {
      const value = next[key];
      const isOld = Object.hasOwn(base, key);
      if (value === undefined) delete next[key];
      else if (!isOld || value !== base[key]) {
        copier.path[level] = key;
        if (!isOld) copier.checkKey(key, level + 1);
        next[key] = copier.copy(value, level + 1);
      }
    }
    return Object.freeze(next) as Json;
  }

  /** Something that was moved down may now lie too deep. */
  #checkDepth(json: Json, level: number): void {
    if (typeof json !== 'object' || json === null) return;
    this.#copier.enter(json, level);
    for (const [key, value] of Object.entries(json)) {
      this.#copier.path[level] = key;
      this.#checkDepth(value, level + 1);
    }
  }
}

function shallowCopy(base: object): Container {
  return (Array.isArray(base) ? base.slice() : { ...base }) as Container;
}

/** An item's index or `length`; an array's other properties would be lost in JSON. */
function isItemKey(key: PropertyKey): boolean {
  return key === 'length' || String(Number(key) >>> 0) === key;
}

/** Received data, for example: assigned to a state it can be changed there like anything else. */
function isFrozenJson(value: object): boolean {
  if (!Object.isFrozen(value)) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function closed(): TroupeError {
  return new TroupeError('ctx-closed', 'A state was used after its turn ended. Copy what you need before the handler returns.');
}
