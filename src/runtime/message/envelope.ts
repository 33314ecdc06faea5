// What carries a message: identity, order, correlation and causation; and its form outside, a CloudEvent.
import { toIso } from '../platform/iso-time.ts';
import { headerNames, type Headers } from './headers.ts';

/** A message with its identity. */
export interface Envelope<Data = unknown> {
  /** Unique over files and restarts; opaque. */
  readonly id: string;
  /** Place in the log of this file. */
  readonly position: number;
  readonly type: string;
  readonly version: number;
  readonly kind: 'event' | 'command' | 'reply';
  readonly key: string;
  /** The address that sent it, or the edge. */
  readonly source: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  /** When it was accepted, in ms since 1970, UTC. */
  readonly time: number;
  /** Events since the last saga turn or timer. */
  readonly hops: number;
  readonly headers: Headers;
  readonly idempotencyKey?: string | undefined;
  readonly data: Data;
}

/** A CloudEvents 1.0 event in JSON format, with its distributed tracing extension. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  readonly correlationid: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly data: unknown;
}

/** Options of `toCloudEvent`. */
export interface CloudEventOptions {
  /** The URI reference of the service; with the id it identifies the event. */
  readonly source: string;
}

/** Converts an envelope to a CloudEvents 1.0 JSON object. */
export function toCloudEvent(envelope: Envelope, { source }: CloudEventOptions): CloudEvent {
  const { causationId, headers } = envelope;
  const traceparent = headers[headerNames.traceparent];
  const tracestate = headers[headerNames.tracestate];
  return {
    specversion: '1.0',
    id: envelope.id,
    source,
    type: envelope.type,
    time: toIso(envelope.time),
    subject: envelope.key,
    datacontenttype: 'application/json',
    correlationid: envelope.correlationId,
    ...(causationId !== undefined && { causationid: causationId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    data: envelope.data,
  };
}
