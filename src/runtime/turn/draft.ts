// A copy-on-write draft of a JSON state (K4): a turn changes it freely, the state it was made from stays as it is.
import { JsonCopier, type Json, type JsonLimits } from '../message/json.ts';
import { closed, DraftNode, isFrozenJson, shallowCopy, toNode, type Scope } from './draft-node.ts';

/** The limits of a state: 1 MiB, 64 levels. */
export const stateLimits: JsonLimits = { bytes: 1_048_576, depth: 64, keys: Number.POSITIVE_INFINITY };

/** A state under change. After `finish` or `revoke` every use of it or of what was read from it throws `ctx-closed`. */
export class StateDraft implements Scope {
  readonly #base: unknown;
  #value: unknown;
  #root: DraftNode | undefined;
  #copier: JsonCopier | undefined;
  /** Every node of this draft looks here. */
  closed = false;

  /** `base` is deeply frozen JSON (or `undefined`, for an actor without state). */
  constructor(base: unknown) {
    this.#base = base;
    this.#value = base;
  }

  /** What a handler reads and changes: a draft of an object or array, else the value itself. */
  get value(): unknown {
    if (this.closed) throw closed();
    const value = this.#value;
    if (typeof value !== 'object' || value === null || this.#root?.proxy === value) return value;
    const trusted = value === this.#base;
    if (!trusted && !isFrozenJson(value)) return value;
    this.#root = new DraftNode(this, value, trusted);
    return (this.#value = this.#root.proxy);
  }

  set value(value: unknown) {
    if (this.closed) throw closed();
    this.#value = value;
  }

  /**
   * The state after the changes, deeply frozen; what did not change is the same object as before.
   *
   * @throws TroupeError `not-json`, `too-large`, `ctx-closed`
   */
  finish(): { state: unknown; changed: boolean } {
    if (this.closed) throw closed();
    try {
      const value = this.#value;
      const isUntouched = Object.is(value, this.#base) || (this.#root?.dirty === false && value === this.#root.proxy);
      if (isUntouched && this.#root?.trusted !== false) return { state: this.#base, changed: false };
      const state = value === undefined ? undefined : this.#writer().copy(value, 0);
      return { state, changed: !Object.is(state, this.#base) };
    } finally {
      this.closed = true;
    }
  }

  /** Drops the changes. */
  revoke(): void {
    this.closed = true;
  }

  /** Made for the first change: most drafts of a busy actor are changed, but many are only read. */
  #writer(): JsonCopier {
    this.#copier ??= new JsonCopier('state', stateLimits, (object, level) => this.#known(object, level));
    return this.#copier;
  }

  /** Answers the copier for drafts, wherever they were put: in the tree or inside new objects. */
  #known(value: object, level: number): Json | undefined {
    const node = toNode(value);
    if (node === undefined || node.scope !== this) return undefined;
    let result = node.trusted && !node.dirty ? (node.base as Json) : node.result;
    if (result === undefined) {
      result = node.result = node.trusted ? this.#merge(node, level) : this.#writer().copy(node.copy, level);
    }
    if (level > node.level) this.#checkDepth(result, level);
    return result;
  }

  /** Checks what was written and keeps the rest. */
  #merge({ base, copy, children }: DraftNode, level: number): Json {
    const copier = this.#writer();
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
    this.#writer().enter(json, level);
    for (const [key, value] of Object.entries(json)) {
      this.#writer().path[level] = key;
      this.#checkDepth(value, level + 1);
    }
  }
}
