// Trace: the causation tree of a conversation, built from the log and the turns.
import type { LoggedMessage, MessageKind, Store } from '../store/store.ts';

/** One turn that handled a message. */
export interface TraceTurn {
  readonly address: string;
  readonly handler: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly at: number;
  readonly queueMs: number;
  readonly runMs: number;
}

/** One message with its turns and what it caused. */
export interface TraceNode {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly kind: MessageKind;
  readonly key: string;
  readonly source: string;
  readonly time: number;
  readonly turns: readonly TraceTurn[];
  readonly children: readonly TraceNode[];
}

/** A conversation. */
export interface Trace {
  readonly correlationId: string;
  readonly durability: string;
  readonly roots: readonly TraceNode[];
  /** True when the conversation has more messages than were read. */
  readonly truncated: boolean;
}

/** What a trace needs of a kernel. */
export interface TraceSource {
  readonly store: Store;
  idOf(position: number): string;
  positionOf(id: string): number | undefined;
  subscription(
    id: number,
  ):
    | {
        readonly handler: { readonly id: string };
        readonly registration: { readonly behavior: { readonly name: string } };
      }
    | undefined;
}

const MOST_MESSAGES = 10_000;

export function readTrace(source: TraceSource, correlationId: string): Trace {
  const { store } = source;
  const messages = store.messages.conversation(source.positionOf(correlationId) ?? correlationId, MOST_MESSAGES);
  const present = new Set(messages.map(({ position }) => position));
  const children = new Map<number, LoggedMessage[]>();
  const roots: LoggedMessage[] = [];
  for (const message of messages) {
    if (message.cause === null || !present.has(message.cause)) roots.push(message);
    else children.set(message.cause, [...(children.get(message.cause) ?? []), message]);
  }
  const toNode = (message: LoggedMessage): TraceNode => ({
    id: source.idOf(message.position),
    position: message.position,
    type: message.type,
    kind: message.kind,
    key: message.key,
    source: message.source,
    time: message.time,
    turns: store.messages.turnsOf(message.position).map(turn => {
      const subscription = source.subscription(turn.subscription);
      return {
        address: `${subscription?.registration.behavior.name ?? 'unknown'}/${turn.key ?? message.key}`,
        handler: subscription?.handler.id ?? 'unknown',
        attempt: turn.attempt,
        outcome: turn.outcome,
        at: turn.at,
        queueMs: turn.queueUs / 1000,
        runMs: turn.runUs / 1000,
      };
    }),
    children: (children.get(message.position) ?? []).map(child => toNode(child)),
  });
  return {
    correlationId,
    durability: store.info.durability,
    roots: roots.map(root => toNode(root)),
    truncated: messages.length === MOST_MESSAGES,
  };
}
