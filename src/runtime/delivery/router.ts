// Router: which subscriptions a message type reaches; exact contracts by map, patterns by trie, both cached per type.
import { TroupeError } from '../errors.ts';
import type { AnyContract } from '../message/contract.ts';
import { PatternTrie } from '../message/pattern.ts';
import type { Subscription } from './subscription.ts';

/** More distinct types than any application defines; a stream of made-up types must not grow the cache. */
const CACHE_LIMIT = 10_000;
const NONE: readonly Subscription[] = [];

export class Router {
  readonly #exact = new Map<string, Subscription[]>();
  readonly #patterns = new PatternTrie<Subscription>();
  readonly #owners = new Map<string, Subscription>();
  readonly #contracts = new Map<string, AnyContract>();
  readonly #cache = new Map<string, readonly Subscription[]>();
  /** By type, the subscriptions that claim work with a message of it; undefined where nobody claims any (K25). */
  claimers: Map<string, Subscription[]> | undefined = undefined;

  add(subscription: Subscription): void {
    const { contract, pattern } = subscription.handler;
    if (pattern !== undefined) this.#patterns.add(pattern, subscription);
    if (contract === undefined) return;
    this.know(contract);
    if (subscription.handler.claims) this.#addClaimer(contract.type, subscription);
    if (contract.kind === 'event') {
      const list = this.#exact.get(contract.type);
      if (list) list.push(subscription);
      else this.#exact.set(contract.type, [subscription]);
      return;
    }
    const owner = this.#owners.get(contract.type);
    if (owner) {
      throw new TroupeError(
        'duplicate-owner',
        `The command ${contract.type} has two owners: ${owner.name} and ${subscription.name}. A command has ` +
          'exactly one: remove a handler.',
      );
    }
    this.#owners.set(contract.type, subscription);
  }

  #addClaimer(type: string, subscription: Subscription): void {
    this.claimers ??= new Map<string, Subscription[]>();
    this.claimers.set(type, [...(this.claimers.get(type) ?? NONE), subscription]);
  }

  /** Remembers the contract of a type, which stored messages are upcast by. */
  know(contract: AnyContract): void {
    this.assertSame(contract);
    this.#contracts.set(contract.type, contract);
  }

  /** Refuses a second contract of a known type, whose schema would stand in for the one the handlers rely on. */
  assertSame(contract: AnyContract): void {
    const known = this.#contracts.get(contract.type);
    if (known === undefined || known === contract) return;
    throw new TroupeError(
      'duplicate-name',
      `Two contracts are named ${contract.type}. Define it once and import it where it is used.`,
    );
  }

  contract(type: string): AnyContract | undefined {
    return this.#contracts.get(type);
  }

  owner(type: string): Subscription | undefined {
    return this.#owners.get(type);
  }

  /** The subscribers of an event type. */
  subscribers(type: string): readonly Subscription[] {
    const cached = this.#cache.get(type);
    if (cached) return cached;
    const exact = this.#exact.get(type) ?? NONE;
    const found = [...exact, ...this.#patterns.match(type).filter(subscription => !exact.includes(subscription))];
    if (this.#cache.size < CACHE_LIMIT) this.#cache.set(type, found);
    return found;
  }
}
