// Findings of `check`: what was found where, by which way through the wiring, and what to do about it.
import type { Waiver } from '../runtime/message/waiver.ts';
import type { CheckCode, Level } from './codes.ts';

/** One step of the way through the wiring that a finding is about. */
export interface WayStep {
  /** A part, a handler `payments:order.placed`, or a state `checkout.paying`. */
  readonly at: string;
  /** What it does: `starts on`, `commands`, `reacts to`, `publishes`, `does`. */
  readonly does: string;
  /** A contract, an effect or a state. */
  readonly what: string;
}

/** What a rule has found. */
export interface CheckFinding {
  readonly code: CheckCode;
  readonly level: Level;
  /** One sentence with the names. */
  readonly problem: string;
  /** Why it matters. */
  readonly why: string;
  readonly way: readonly WayStep[];
  readonly fixes: readonly string[];
  /** Actors, sagas and modules it is about; their `allow` may waive it. */
  readonly parts: readonly string[];
  /** Contracts, states and effects it is about; what `about` of a waiver names. */
  readonly about: readonly string[];
}

/** A finding that a definition allows. */
export interface WaivedFinding extends CheckFinding {
  readonly waiver: Waiver;
  /** The definition that has the waiver. */
  readonly by: string;
}

/** What `check` has to say of an app. */
export interface CheckReport {
  /** True without errors and warnings. */
  readonly passed: boolean;
  readonly findings: readonly CheckFinding[];
  readonly waived: readonly WaivedFinding[];
}

/** How `check` looks. */
export interface CheckOptions {
  /** Other levels than those of the rules; `off` leaves a rule out. */
  readonly levels?: Readonly<Partial<Record<CheckCode, Level | 'off'>>> | undefined;
  /** Gives hints, too. Default false. */
  readonly hints?: boolean | undefined;
}
