// The states of an SCXML document: their keys, their place in the tree, and which states are entered by default.
import { toKey } from './events.ts';
import type { Element } from './xml.ts';

const stateNames = new Set(['state', 'parallel', 'final', 'history']);

export class ScxmlDocument {
  readonly root: Element;
  readonly #parents = new Map<Element, Element>();
  readonly #keys = new Map<Element, string>();
  readonly #byKey = new Map<string, Element>();

  constructor(root: Element) {
    this.root = root;
    this.#add(root);
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.#byKey.keys());
  }

  /** All states in document order. */
  get states(): Iterable<Element> {
    return this.#byKey.values();
  }

  keyOf(state: Element): string {
    return this.#keys.get(state) ?? '';
  }

  /** The states an attribute names. */
  named(ids: string): Element[] {
    return words(ids).map(id => {
      const state = this.#byKey.get(toKey(id));
      if (state === undefined) throw new Error(`The document has no state ${id}.`);
      return state;
    });
  }

  childrenOf(state: Element): Element[] {
    return state.children.filter(({ name }) => stateNames.has(name));
  }

  isDescendant(state: Element, ancestor: Element): boolean {
    const parent = this.#parents.get(state);
    return parent !== undefined && (parent === ancestor || this.isDescendant(parent, ancestor));
  }

  isCompound(state: Element): boolean {
    return state.name !== 'parallel' && this.#regionsOf(state).length > 0;
  }

  /** The states that a document names for the entry of a compound state: not always children, not always one. */
  initialOf(state: Element): Element[] {
    const initial = state.children.find(({ name }) => name === 'initial')?.children[0]?.attributes['target'];
    const named = initial ?? state.attributes['initial'];
    return named === undefined ? this.#regionsOf(state).slice(0, 1) : this.named(named);
  }

  /** The child of a compound state that XState enters by default. */
  initialChildOf(state: Element): Element | undefined {
    const [first] = this.initialOf(state);
    return this.childrenOf(state).find(child => child === first || (first && this.isDescendant(first, child)));
  }

  /**
   * What to name as targets of a transition to `state`. XState enters a compound state through one child; where a
   * document names deeper states, a transition has to name these itself.
   */
  entered(state: Element): Element[] {
    const next = this.#enteredNext(state);
    const deeper = next.flatMap(one => this.entered(one));
    const isPlain = deeper.every(one => next.includes(one)) && next.every(one => this.#parents.get(one) === state);
    return isPlain ? [state] : deeper;
  }

  #enteredNext(state: Element): Element[] {
    if (state.name === 'parallel') return this.#regionsOf(state);
    return this.isCompound(state) ? this.initialOf(state) : [];
  }

  #regionsOf(state: Element): Element[] {
    return this.childrenOf(state).filter(({ name }) => name !== 'history');
  }

  #add(parent: Element): void {
    for (const state of this.childrenOf(parent)) {
      const key = toKey(state.attributes['id'] ?? `state${this.#byKey.size}`);
      this.#parents.set(state, parent);
      this.#keys.set(state, key);
      this.#byKey.set(key, state);
      this.#add(state);
    }
  }
}

/** The elements of a document with one of these names, those of documents inside it left out. */
export function elementsOf(element: Element, names: readonly string[]): Element[] {
  return element.children.flatMap(child => [
    ...(names.includes(child.name) ? [child] : []),
    ...(child.name === 'scxml' ? [] : elementsOf(child, names)),
  ]);
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

export function transitionsOf(state: Element): Element[] {
  return state.children.filter(({ name }) => name === 'transition');
}

export function dataOf(state: Element): Element[] {
  return state.children.filter(({ name }) => name === 'datamodel').flatMap(({ children }) => children);
}

/** Whether a global script declares functions, which are code of the document and no variables. */
export function isFunctions(script: Element): boolean {
  return /^\s*(?:\/\/.*\s*)*function\b/.test(script.text);
}
