// Executable content: runs one block of a document over its variables and tells a port what it wants done.
import type { EventObject } from 'xstate';
import { literal, type Data, type View } from './datamodel.ts';
import { httpProcessor, scxmlProcessor, type ScxmlEvent } from './events.ts';
import { addressOf, type Destination, type Moment, type Session } from './session.ts';
import type { Element } from './xml.ts';

/** What a block wants from the machine it runs in. */
export interface Port {
  /** The id of the session's own actor, which is its invoke id. */
  readonly self: string;
  raise(event: ScxmlEvent): void;
  send(destination: Destination, event: ScxmlEvent, options: SendOptions): void;
  cancel(sendId: string): void;
  log(label: string | undefined, value: unknown): void;
  /** A new id for an event that is sent. */
  nextId(): string;
}

export interface SendOptions {
  readonly id: string | undefined;
  /** 0 is at once. */
  readonly delayMs: number;
}

/** An error of a block, with the event that tells the document about it. */
class ContentError extends Error {
  readonly event: ScxmlEvent;

  constructor(type: 'error.execution' | 'error.communication', sendid?: string) {
    super(type);
    this.event = { type, kind: 'platform', ...(sendid === undefined ? {} : { sendid }) };
  }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const processorTypes = new Set(['', 'scxml', scxmlProcessor, httpProcessor]);

/** One run of one block; an error ends the block, and becomes an event. */
export class Block {
  readonly #session: Session;
  readonly #port: Port;
  readonly #view: View;
  readonly #data: Data;
  readonly #event: EventObject;

  constructor(session: Session, port: Port, moment: Moment) {
    this.#session = session;
    this.#port = port;
    this.#view = session.view(moment);
    this.#data = moment.data;
    this.#event = moment.event;
  }

  run(elements: readonly Element[]): void {
    try {
      this.#all(elements);
    } catch (error) {
      this.#port.raise(error instanceof ContentError ? error.event : new ContentError('error.execution').event);
    }
  }

  #all(elements: readonly Element[]): void {
    for (const element of elements) this.#one(element);
  }

  #one(element: Element): void {
    const { name, attributes } = element;
    switch (name) {
      case 'raise':
        return this.#port.raise({ type: attributes['event'] ?? '', kind: 'internal' });
      case 'send':
        return this.#send(element);
      case 'cancel':
        return this.#port.cancel(this.#given(attributes, 'sendid') ?? '');
      case 'assign':
        return this.#assign(attributes['location'] ?? '', this.#valueOf(element));
      case 'data':
        return this.#bind(element);
      case 'log':
        return this.#port.log(attributes['label'], this.#evaluate(attributes['expr'] ?? 'undefined'));
      case 'script':
        return this.#session.datamodel.run(element.text, this.#view);
      case 'if':
        return this.#if(element);
      case 'foreach':
        return this.#forEach(element);
      case 'donedata':
        return void payload(element, expression => this.#evaluate(expression));
      default:
        throw new TypeError(`<${name}> is no executable content`);
    }
  }

  #if(element: Element): void {
    let taken = this.#evaluate(element.attributes['cond'] ?? '');
    let done = false;
    for (const child of element.children) {
      if (child.name === 'elseif' || child.name === 'else') {
        done ||= Boolean(taken);
        taken = !done && (child.name === 'else' || this.#evaluate(child.attributes['cond'] ?? ''));
      } else if (taken) {
        this.#one(child);
      }
    }
  }

  #forEach({ attributes, children }: Element): void {
    const { datamodel } = this.#session;
    const items = this.#evaluate(attributes['array'] ?? '');
    if (!Array.isArray(items)) throw new TypeError(`${String(attributes['array'])} is not an array`);
    for (const [index, item] of [...(items as unknown[])].entries()) {
      datamodel.declare(attributes['item'] ?? '', item, this.#view);
      if (attributes['index'] !== undefined) datamodel.declare(attributes['index'], index, this.#view);
      this.#all(children);
    }
  }

  #send(element: Element): void {
    const { attributes } = element;
    const id = attributes['id'] ?? (attributes['idlocation'] === undefined ? undefined : this.#port.nextId());
    if (attributes['idlocation'] !== undefined) this.#assign(attributes['idlocation'], id);
    try {
      const type = this.#given(attributes, 'type') ?? '';
      if (!processorTypes.has(type)) throw new ContentError('error.execution', id);
      const destination = this.#destination(this.#given(attributes, 'target'), id);
      const delayMs = toMilliseconds(this.#given(attributes, 'delay') ?? '0');
      const name = this.#given(attributes, 'event') ?? '';
      const data = payload(element, expression => this.#evaluate(expression));
      const event = {
        type: name,
        ...(data === undefined ? {} : { data }),
        ...this.#origin(destination, attributes['id']),
      };
      if (destination.to === 'internal') this.#port.raise(event);
      else this.#port.send(destination, event, { id, delayMs });
    } catch (error) {
      throw error instanceof ContentError ? error : new ContentError('error.execution', id);
    }
  }

  #destination(target: string | undefined, sendId: string | undefined): Destination {
    if (target === undefined) return { to: 'self' };
    const found = this.#session.destination(target);
    if (found !== undefined) return found;
    throw new ContentError(target.startsWith('#_') ? 'error.communication' : 'error.execution', sendId);
  }

  #origin({ to }: Destination, sendid: string | undefined): Partial<ScxmlEvent> {
    if (to === 'internal') return { kind: 'internal' };
    return {
      origin: addressOf(this.#session.id),
      origintype: scxmlProcessor,
      ...(sendid === undefined ? {} : { sendid }),
      ...(to === 'parent' ? { invokeid: this.#port.self } : {}),
    };
  }

  /** Binds a variable of the datamodel, unless it is bound: to what the session was invoked with, or to its own value. */
  #bind(element: Element): void {
    const id = element.attributes['id'] ?? '';
    if (Object.hasOwn(this.#data, id)) return;
    const { input } = this.#event as { readonly input?: Readonly<Record<string, unknown>> };
    const isGiven = this.#event.type === 'xstate.init' && input !== undefined && Object.hasOwn(input, id);
    this.#assign(id, isGiven ? input[id] : this.#valueOf(element));
  }

  #assign(location: string, value: unknown): void {
    this.#session.datamodel.assign(location, value, this.#view);
  }

  #evaluate(expression: string): unknown {
    return this.#session.datamodel.evaluate(expression, this.#view);
  }

  /** An attribute, or the value of the expression that stands for it. */
  #given(attributes: Element['attributes'], name: string): string | undefined {
    const expression = attributes[`${name}expr`];
    return expression === undefined ? attributes[name] : String(this.#evaluate(expression) as string | number);
  }

  #valueOf({ attributes, text }: Element): unknown {
    if (attributes['expr'] !== undefined) return this.#evaluate(attributes['expr']);
    return text.trim() === '' ? undefined : literal(text);
  }
}

/** The data that `namelist`, `<param>` and `<content>` make up. */
export function payload(element: Element, evaluate: (expression: string) => unknown): unknown {
  const { attributes, children } = element;
  const content = children.find(({ name }) => name === 'content');
  if (content?.attributes['expr'] !== undefined) return evaluate(content.attributes['expr']);
  if (content !== undefined) return literal(content.text);
  const names = (attributes['namelist'] ?? '').split(/\s+/).filter(Boolean);
  const fields = [
    ...names.map(name => [name, evaluate(name)]),
    ...children
      .filter(({ name }) => name === 'param')
      .map(({ attributes: param }) => [param['name'], evaluate(param['expr'] ?? param['location'] ?? '')]),
  ];
  return fields.length === 0 ? undefined : (Object.fromEntries(fields) as unknown);
}

function toMilliseconds(delay: string): number {
  const [, amount, unit = 'ms'] = /^\s*(\d*\.?\d+)\s*(ms|s|m|h)?\s*$/.exec(delay) ?? [];
  if (amount === undefined) throw new TypeError(`${delay} is not a duration`);
  return Number(amount) * (units[unit] ?? 1);
}
