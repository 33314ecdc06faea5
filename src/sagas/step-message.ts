// What goes into a step and what comes out of it.
import type { AnyStateNode, AnyTransitionDefinition, EventObject } from 'xstate';
import type { Json } from '../runtime/message/json.ts';
import type { ChildEnd } from './leaf.ts';
import type { Path } from './path.ts';

/** What a machine is told. */
export type StepMessage =
  | { readonly kind: 'init'; readonly input: unknown }
  | { readonly kind: 'event'; readonly event: EventObject; readonly path?: Path | undefined }
  | { readonly kind: 'settle'; readonly path: Path; readonly token: string; readonly end: ChildEnd };

/** What a machine wants done, in its order. */
export type StepEffect =
  | {
      readonly kind: 'start';
      readonly path: Path;
      readonly src: string;
      readonly token: string;
      readonly input: unknown;
    }
  | { readonly kind: 'stop'; readonly path: Path; readonly token: string }
  | {
      readonly kind: 'arm';
      readonly source: Path;
      readonly target: Path;
      readonly id: string;
      readonly delayMs: number;
      readonly event: EventObject;
    }
  | { readonly kind: 'cancel'; readonly source: Path; readonly id: string }
  /** An actor is over: what it has armed goes, and what would reach it. */
  | { readonly kind: 'cancelAll'; readonly source: Path }
  | { readonly kind: 'emit'; readonly path: Path; readonly event: EventObject }
  | {
      readonly kind: 'action';
      readonly path: Path;
      /** The names in `setup` on the way to it, as one text. */
      readonly src: string;
      readonly params: unknown;
      readonly context: unknown;
      readonly event: EventObject;
    }
  /** A nested machine starts. */
  | { readonly kind: 'begin'; readonly path: Path }
  /** A nested machine has failed, or ended in a state that says so: what it completed is to be undone. */
  | { readonly kind: 'compensate'; readonly path: Path }
  | { readonly kind: 'log'; readonly path: Path; readonly label: string | undefined; readonly value: unknown };

export interface Stepped {
  readonly snapshot: Json;
  readonly status: 'active' | 'done' | 'error';
  /** Of the active states of the root. */
  readonly tags: ReadonlySet<string>;
  readonly output: unknown;
  readonly error: unknown;
  /** Whether the message had any consequence: a transition, a failure, or news for another actor. */
  readonly handled: boolean;
  /** A reply for a spawn that is over, or a timer of an actor that is gone; nothing changed. */
  readonly stale: boolean;
  readonly effects: readonly StepEffect[];
}

/** Where an instance stands: its stored snapshot, and a number that makes the tokens of this step unique. */
export interface StepPosition {
  readonly snapshot: Json;
  readonly seq: number;
  /** Is shown every machine of the tree as it moves. */
  readonly seen?: Seen | undefined;
}

/** A machine of the tree between two microsteps. */
export interface Sight {
  /** The names in `setup({ actors })` on the way to it, as one text. */
  readonly src: string;
  readonly active: readonly AnyStateNode[];
  /** What it has just taken. */
  readonly taken: readonly AnyTransitionDefinition[];
}

export type Seen = (sight: Sight) => void;
