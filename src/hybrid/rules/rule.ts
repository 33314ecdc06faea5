// What a rule of `check` gets, and what it answers.
import type { CheckCode } from '../codes.ts';
import type { Definitions } from '../definitions.ts';
import type { CheckFinding } from '../finding.ts';
import type { WiringIndex } from '../wire.ts';

/** What a rule looks at. */
export interface Checked {
  readonly definitions: Definitions;
  readonly index: WiringIndex;
}

/** What a rule has found; the rest of a finding comes from the table of codes. */
export interface Found extends Pick<CheckFinding, 'problem' | 'way' | 'parts' | 'about'> {
  readonly code: CheckCode;
  /** True where it rests on what only an actor declares: an error is then a warning. */
  readonly isPossible?: boolean | undefined;
}

export type Rule = (checked: Checked) => Iterable<Found>;
