// The side under test: the step over a stored snapshot, with a harness for timers and durable children.
import type { AnyStateMachine } from 'xstate';
import type { Json } from '../../src/runtime/message/json.ts';
import { makeLeaf } from '../../src/sagas/leaf.ts';
import type { StepEffect, StepMessage, Stepped } from '../../src/sagas/step-message.ts';
import { step, view } from '../../src/sagas/step.ts';
import { buildMachine, rootInput } from './build-machine.ts';
import type { Saw } from './features.ts';
import type { Act, Case } from './machine-spec.ts';
import { leafEnd, timerName, viewOf, type Observed, type Run } from './observed.ts';

type Armed = Extract<StepEffect, { kind: 'arm' }> & { readonly due: number };
type Leaf = Pick<Extract<StepEffect, { kind: 'start' }>, 'path' | 'token'>;

export class DurableRun implements Run {
  readonly #machine: AnyStateMachine;
  readonly #from: Case['from'];
  readonly #saw: Saw;
  #snapshot: Json = null;
  #seq = 0;
  #now = 0;
  #armed: Armed[] = [];
  #leaves: Leaf[] = [];
  readonly #over: Leaf[] = [];
  #emitted: unknown[] = [];
  #done: unknown[] = [];

  constructor({ machine, from }: Case, saw: Saw) {
    this.#from = from;
    this.#saw = saw;
    const note = (): never => {
      throw new Error('a custom action ran inside the step');
    };
    this.#machine = buildMachine(machine, { leaf: makeLeaf(undefined), note, saw: () => {} });
  }

  start(): Observed {
    this.#step({ kind: 'init', input: rootInput });
    return this.#observe();
  }

  act(act: Act): Observed {
    switch (act.kind) {
      case 'event': {
        const event = { type: act.type, v: act.v };
        return this.#observe(this.#step({ kind: 'event', event }).handled);
      }
      case 'advance':
        this.#advance(this.#now + act.ms);
        return this.#observe();
      case 'settle': {
        const leaf = this.#leaves[act.which % this.#leaves.length];
        if (leaf) this.#settle(leaf, act.isOk, act.v);
        return this.#observe();
      }
      case 'stale': {
        const leaf = this.#over[act.which % this.#over.length];
        if (leaf) this.#settleAgain(leaf, act.v);
        return this.#observe();
      }
    }
  }

  tags(): string[] {
    return [...view(this.#machine, this.#snapshot).tags].toSorted();
  }

  #settle(leaf: Leaf, isOk: boolean, v: number): void {
    const end = leafEnd(isOk, v);
    this.#over.push(leaf);
    this.#leaves = this.#leaves.filter(one => one !== leaf);
    const { stale } = this.#step({
      kind: 'settle',
      path: leaf.path,
      token: leaf.token,
      end: end.status === 'done' ? { ok: true, output: end.output } : { ok: false, error: end.error },
    });
    if (stale) throw new Error(`the end of ${leaf.path}, which waits for it, is stale`);
  }

  #settleAgain({ path, token }: Leaf, v: number): void {
    this.#saw('stale reply');
    const before = JSON.stringify(this.#snapshot);
    const { stale, effects } = this.#step({ kind: 'settle', path, token, end: { ok: true, output: { v } } });
    if (!stale) throw new Error(`the end of ${path}, which is over, is not stale`);
    if (effects.length > 0) throw new Error(`the stale end of ${path} has effects`);
    if (JSON.stringify(this.#snapshot) !== before) throw new Error(`the stale end of ${path} changes the snapshot`);
  }

  #advance(until: number): void {
    for (;;) {
      const [next] = this.#armed.filter(({ due }) => due <= until).toSorted((a, b) => a.due - b.due);
      if (!next) break;
      this.#armed = this.#armed.filter(one => one !== next);
      this.#now = Math.max(this.#now, next.due);
      // A timer of a root that is over is cancelled with it.
      this.#step({ kind: 'event', path: next.target, event: next.event });
    }
    this.#now = until;
  }

  #step(message: StepMessage): Stepped {
    const stepped = this.#stepped(message);
    this.#seq += 1;
    this.#snapshot = stepped.snapshot;
    for (const effect of stepped.effects) this.#apply(effect);
    return stepped;
  }

  #stepped(message: StepMessage): Stepped {
    const at = (snapshot: Json): Stepped => step(this.#machine, { snapshot, seq: this.#seq }, message);
    if (this.#from === 'memory') {
      this.#saw('goes on from memory');
      return at(this.#snapshot);
    }
    const fromText = at(JSON.parse(JSON.stringify(this.#snapshot)) as Json);
    if (this.#from === 'text' || fromText.stale) return fromText;
    const fromMemory = at(this.#snapshot);
    const [text, memory] = [fromText, fromMemory].map(({ snapshot, ...rest }) =>
      JSON.stringify({ ...rest, tree: viewOf(snapshot) }),
    );
    if (text !== memory) throw new Error(`from its text a step gives ${text}, from memory ${memory}`);
    return fromMemory;
  }

  #apply(effect: StepEffect): void {
    switch (effect.kind) {
      case 'start':
        this.#leaves.push(effect);
        break;
      case 'stop': {
        const stopped = this.#leaves.find(({ token }) => token === effect.token);
        if (stopped?.path !== effect.path) throw new Error(`${effect.path} is stopped without having been started`);
        this.#leaves = this.#leaves.filter(leaf => leaf !== stopped);
        this.#over.push(stopped);
        break;
      }
      case 'arm':
        this.#armed.push({ ...effect, due: this.#now + effect.delayMs });
        break;
      case 'cancel':
        this.#armed = this.#armed.filter(({ source, id }) => source !== effect.source || id !== effect.id);
        break;
      case 'cancelAll':
        this.#armed = this.#armed.filter(({ source, target }) => source !== effect.source && target !== effect.source);
        break;
      case 'emit':
        this.#emitted.push({ path: effect.path, event: effect.event });
        break;
      case 'action':
        this.#done.push({ path: effect.path, note: effect.params, context: effect.context, on: effect.event.type });
        break;
      case 'compensate':
        // What is undone, and when, is the runtime's; live actors know nothing of it.
        break;
      case 'log':
        this.#done.push({ label: effect.label, value: effect.value });
        break;
    }
  }

  #observe(handled?: boolean): Observed {
    const observed = {
      tree: viewOf(this.#snapshot),
      emitted: this.#emitted,
      done: this.#done,
      leaves: this.#leaves.map(({ path }) => path),
      timers: this.#armed
        .map(({ source, target, event, due }) => timerName(source, target, event.type, due))
        .toSorted(),
      handled,
    };
    this.#emitted = [];
    this.#done = [];
    return observed;
  }
}
