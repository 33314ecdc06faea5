// Turns an SCXML document into an XState machine, after the W3C recommendation of 1 September 2015.
import { setup, type AnyStateMachine } from 'xstate';
import { toAction, toGuard, valueOf, type Arguments, type Scope } from './actions.ts';
import { payload } from './content.ts';
import { Datamodel } from './datamodel.ts';
import { dataOf, elementsOf, isFunctions, ScxmlDocument, transitionsOf, words } from './document.ts';
import { covers, toDescriptor } from './events.ts';
import { childSession, Session } from './session.ts';
import { readSource, type Loader } from './source.ts';
import type { Element } from './xml.ts';

type Config = Readonly<Record<string, unknown>>;

export interface ConvertOptions extends Loader {
  /** The session that invokes this one. */
  readonly parent?: string;
  readonly sessionId?: string;
  /** How long an event takes to the session that sends it and to one it invoked, in ms: at once unless given. */
  readonly latencyMs?: number;
}

/** Throws for what no machine can be made for. */
export function convert(source: string, options: ConvertOptions): AnyStateMachine {
  return new Converter(readSource(source, options), options).machine();
}

class Converter {
  readonly #root: Element;
  readonly #options: ConvertOptions;
  readonly #document: ScxmlDocument;
  readonly #invokes: ReadonlyMap<Element, string>;
  readonly #actors: Record<string, AnyStateMachine> = {};
  readonly #scope: Scope;
  readonly #isLate: boolean;

  constructor(root: Element, options: ConvertOptions) {
    const { sessionId = 'session', parent, latencyMs = 0 } = options;
    this.#root = root;
    this.#options = options;
    this.#document = new ScxmlDocument(root);
    this.#isLate = root.attributes['binding'] === 'late';
    this.#invokes = this.#nameInvokes();
    const functions = this.#globalScripts().filter(isFunctions);
    const datamodel = new Datamodel({
      declared: elementsOf(root, ['data']).map(({ attributes }) => attributes['id'] ?? ''),
      functions: functions.map(({ text }) => text).join('\n'),
    });
    const name = root.attributes['name'] ?? '';
    const session = new Session({ id: sessionId, name, datamodel, parent, invokeIds: [...this.#invokes.values()] });
    this.#scope = { session, stateKeys: this.#document.keys, latencyMs };
  }

  machine(): AnyStateMachine {
    const initial = this.#document.entered(this.#root);
    const states = this.#statesOf(this.#root);
    const isPlain = initial[0] === this.#root;
    const config = {
      id: 'scxml',
      context: () => ({ data: {}, sent: 0 }),
      entry: this.#bindings(),
      // A machine begins in a child of its root: one that names deeper states begins with a step to these.
      initial: isPlain ? this.#initialOf(this.#root) : '(initial)',
      states: isPlain ? states : { ...states, '(initial)': { always: { target: this.#references(initial) } } },
      output: ({ event }: { readonly event: { readonly output?: unknown } }) => event.output,
    };
    return setup({ actors: this.#actors }).createMachine(config as never) as unknown as AnyStateMachine;
  }

  #globalScripts(): Element[] {
    return this.#root.children.filter(({ name }) => name === 'script');
  }

  /** Invoked sessions need names: `stateid.platformid` unless the document gives one. */
  #nameInvokes(): Map<Element, string> {
    const names = new Map<Element, string>();
    for (const state of this.#document.states) {
      for (const invoke of state.children.filter(({ name }) => name === 'invoke')) {
        names.set(invoke, invoke.attributes['id'] ?? `${this.#document.keyOf(state)}.${names.size}`);
      }
    }
    return names;
  }

  /** Binds variables and runs scripts when the machine starts, each on its own: one that fails stops no other. */
  #bindings(): unknown[] {
    const data = this.#isLate ? dataOf(this.#root) : elementsOf(this.#root, ['data']);
    const scripts = this.#globalScripts().filter(script => !isFunctions(script));
    return [...data, ...scripts].map(element => toAction(this.#scope, [element]));
  }

  #statesOf(parent: Element): Config {
    const children = this.#document.childrenOf(parent);
    return Object.fromEntries(children.map(state => [this.#document.keyOf(state), this.#stateOf(state)]));
  }

  #stateOf(state: Element): Config {
    if (state.name === 'history') return this.#historyOf(state);
    const document = this.#document;
    const common = {
      id: document.keyOf(state),
      entry: this.#entryOf(state),
      exit: this.#blocksOf(state, 'onexit'),
      on: this.#onOf(state),
      always: transitionsOf(state)
        .filter(({ attributes }) => attributes['event'] === undefined)
        .map(transition => this.#transition(state, transition)),
      invoke: state.children.filter(({ name }) => name === 'invoke').map(invoke => this.#invokeOf(invoke)),
    };
    if (state.name === 'final') return { ...common, type: 'final', ...this.#outputOf(state) };
    if (state.name === 'parallel') return { ...common, type: 'parallel', states: this.#statesOf(state) };
    if (!document.isCompound(state)) return common;
    return { ...common, initial: this.#initialOf(state), states: this.#statesOf(state) };
  }

  #initialOf(state: Element): Config {
    const child = this.#document.initialChildOf(state);
    const transition = state.children.find(({ name }) => name === 'initial')?.children[0];
    return { target: child && this.#document.keyOf(child), actions: this.#actionsOf(transition) };
  }

  #historyOf(state: Element): Config {
    const [transition] = transitionsOf(state);
    const targets = this.#targetsOf(transition);
    return {
      id: this.#document.keyOf(state),
      type: 'history',
      history: state.attributes['type'] ?? 'shallow',
      ...(targets === undefined ? {} : { target: targets }),
    };
  }

  #entryOf(state: Element): unknown[] {
    const bound = this.#isLate ? dataOf(state).map(data => toAction(this.#scope, [data])) : [];
    const named = state.children.filter(({ attributes }) => attributes['idlocation'] !== undefined);
    const located = named.map(invoke => toAction(this.#scope, [locate(invoke, this.#invokes.get(invoke) ?? '')]));
    const donedata = state.children.filter(({ name }) => name === 'donedata');
    return [
      ...bound,
      ...this.#blocksOf(state, 'onentry'),
      ...located,
      // Only to raise what goes wrong with it: the value itself is the output of the state.
      ...donedata.map(element => toAction(this.#scope, [element])),
    ];
  }

  #blocksOf(state: Element, name: 'onentry' | 'onexit'): unknown[] {
    return state.children.filter(child => child.name === name).map(block => toAction(this.#scope, block.children));
  }

  /**
   * Transitions by XState's descriptors. XState tries the longest descriptor first and SCXML the first transition of
   * the document, so each descriptor lists all that match its events, in the order of the document.
   */
  #onOf(state: Element): Config {
    const transitions = transitionsOf(state)
      .filter(({ attributes }) => attributes['event'] !== undefined)
      .map(transition => ({
        descriptors: words(transition.attributes['event'] ?? '').map(toDescriptor),
        config: this.#transition(state, transition),
      }));
    const all = new Set(transitions.flatMap(({ descriptors }) => descriptors));
    return Object.fromEntries(
      [...all].map(descriptor => [
        descriptor,
        transitions.filter(one => one.descriptors.some(outer => covers(outer, descriptor))).map(one => one.config),
      ]),
    );
  }

  #transition(source: Element, transition: Element): Config {
    const { cond, type, target } = transition.attributes;
    const targets = target === undefined ? [] : this.#document.named(target);
    const isInternal =
      type === 'internal' &&
      this.#document.isCompound(source) &&
      targets.every(state => this.#document.isDescendant(state, source));
    return {
      actions: this.#actionsOf(transition),
      ...(cond === undefined ? {} : { guard: toGuard(this.#scope, cond) }),
      ...(target === undefined ? {} : { target: this.#targetsOf(transition), reenter: !isInternal }),
    };
  }

  #actionsOf(transition: Element | undefined): unknown[] {
    const content = transition?.children ?? [];
    return content.length === 0 ? [] : [toAction(this.#scope, content)];
  }

  #targetsOf(transition: Element | undefined): string[] | undefined {
    const target = transition?.attributes['target'];
    if (target === undefined) return undefined;
    return this.#references(this.#document.named(target).flatMap(state => this.#document.entered(state)));
  }

  #references(states: readonly Element[]): string[] {
    return states.map(state => `#${this.#document.keyOf(state)}`);
  }

  #outputOf(state: Element): Config {
    const donedata = state.children.find(({ name }) => name === 'donedata');
    if (donedata === undefined) return {};
    const output = (given: Arguments): unknown => {
      try {
        return valueOf(this.#scope, given, evaluate => payload(donedata, evaluate));
      } catch {
        return undefined;
      }
    };
    return { output };
  }

  #invokeOf(invoke: Element): Config {
    const id = this.#invokes.get(invoke) ?? '';
    this.#actors[id] = this.#child(invoke, id);
    return {
      id,
      src: id,
      input: (given: Arguments): unknown =>
        valueOf(this.#scope, given, evaluate => payload(withoutContent(invoke), evaluate)),
    };
  }

  #child(invoke: Element, id: string): AnyStateMachine {
    const parent = this.#scope.session.id;
    const options = { ...this.#options, parent, sessionId: childSession(parent, id) };
    const { src } = invoke.attributes;
    if (src !== undefined) return convert(this.#options.load(src), options);
    const content = invoke.children.find(({ name }) => name === 'content');
    const document = content?.children.find(({ name }) => name === 'scxml');
    if (document === undefined) throw new Error(`The invocation ${id} has no document.`);
    return new Converter(document, options).machine();
  }
}

/** `idlocation` of an invocation as executable content. */
function locate(invoke: Element, id: string): Element {
  const attributes = { location: invoke.attributes['idlocation'] ?? '', expr: JSON.stringify(id) };
  return { name: 'assign', attributes, children: [], text: '' };
}

/** The content of an invocation is its document, no payload. */
function withoutContent(invoke: Element): Element {
  return { ...invoke, children: invoke.children.filter(({ name }) => name !== 'content') };
}
