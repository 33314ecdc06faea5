// Subscription patterns over message types, matched by a trie: `*` is one segment, `#` any number.
import { TroupeError } from '../errors.ts';
import { splitType } from './definition.ts';

/**
 * Checks a pattern: 1 to 16 segments joined by dots, each a literal, `*` or `#`; returns its segments.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkPattern(pattern: unknown): readonly string[] {
  if (typeof pattern !== 'string') throw refuse(`A pattern is a string, not a ${typeof pattern}`);
  const segments = pattern.split('.');
  // A wildcard stands where a literal could: the rules of types apply to the rest.
  const problem = splitType(segments.map(segment => (segment === '*' || segment === '#' ? 'any' : segment)).join('.'));
  if (typeof problem === 'string') throw refuse(`The pattern '${pattern.slice(0, 100)}' ${problem}`);
  return segments;
}

interface TrieNode<T> {
  readonly literals: Map<string, TrieNode<T>>;
  one: TrieNode<T> | undefined;
  /** The node behind `#`; it stays active whatever segment comes. */
  many: TrieNode<T> | undefined;
  readonly isMany: boolean;
  readonly values: Entry<T>[];
}

interface Entry<T> {
  readonly order: number;
  readonly value: T;
}

/** Values by pattern. A match walks the segments once with a set of active nodes, so no pattern makes it backtrack. */
export class PatternTrie<T> {
  readonly #root: TrieNode<T> = makeNode(false);
  #count = 0;

  /**
   * Adds a value under a pattern.
   *
   * @throws TroupeError `invalid-definition`
   */
  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const segment of checkPattern(pattern)) node = child(node, segment);
    node.values.push({ order: this.#count++, value });
  }

  /** The values whose pattern matches, each once, in the order they were added. */
  match(type: string): T[] {
    let active = new Set<TrieNode<T>>();
    activate(active, this.#root);
    for (const segment of type.split('.')) {
      const next = new Set<TrieNode<T>>();
      for (const node of active) {
        if (node.isMany) activate(next, node);
        activate(next, node.literals.get(segment));
        activate(next, node.one);
      }
      active = next;
    }
    const found = [...active].flatMap(node => node.values);
    return [...new Set(found.toSorted((a, b) => a.order - b.order).map(entry => entry.value))];
  }
}

/** A node and what `#` makes reachable from it without a segment. */
function activate<T>(active: Set<TrieNode<T>>, node: TrieNode<T> | undefined): void {
  for (let at = node; at !== undefined; at = at.many) active.add(at);
}

function child<T>(node: TrieNode<T>, segment: string): TrieNode<T> {
  if (segment === '*') return (node.one ??= makeNode(false));
  if (segment === '#') return (node.many ??= makeNode(true));
  let next = node.literals.get(segment);
  if (next === undefined) node.literals.set(segment, (next = makeNode(false)));
  return next;
}

function makeNode<T>(isMany: boolean): TrieNode<T> {
  return { literals: new Map(), one: undefined, many: undefined, isMany, values: [] };
}

function refuse(problem: string): TroupeError {
  return new TroupeError(
    'invalid-definition',
    `${problem}. Write segments joined by dots, '*' for one segment, '#' for any number: 'order.*', 'order.#'.`,
  );
}
