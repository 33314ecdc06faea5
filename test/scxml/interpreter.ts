// Plays a case on XState's own actor or on the durable step, and says what went otherwise than expected.
import type { Case } from './cases.ts';
import { DurableSubject } from './durable.ts';
import { NativeSubject } from './native.ts';
import { configurationFrom, type MakeMachine, type Subject } from './subject.ts';

/**
 * `native` is XState's own actor. `durable` is the step, which handles what a session tells itself within one message;
 * `spread` is the step with a latency that makes a message of each of these.
 */
export type Mode = 'native' | 'durable' | 'spread';

/** Longer than any document waits for its own timeout. */
const LIMIT_MS = 30_000;
const LATENCY_MS = 1;

const subjects: Readonly<Record<Mode, new (makeMachine: MakeMachine) => Subject>> = {
  native: NativeSubject,
  durable: DurableSubject,
  spread: DurableSubject,
};

/** @throws what the machine throws, or an error that says where the case went wrong */
export function play({ makeMachine, script }: Case, mode: Mode): void {
  const subject = new subjects[mode](() => makeMachine(mode === 'spread' ? LATENCY_MS : 0));
  if (script === undefined) {
    subject.advance(LIMIT_MS);
    expectActive(subject, ['pass'], 'the end');
    if (!subject.isDone) throw new Error('The machine reached pass and is not done.');
    return;
  }
  expectActive(subject, script.initialConfiguration, 'the start');
  for (const { after = 0, event, nextConfiguration } of script.events) {
    subject.advance(after);
    subject.send(event.name);
    expectActive(subject, nextConfiguration, `the event ${event.name}`);
  }
}

function expectActive({ configuration }: Subject, expected: readonly string[], when: string): void {
  const found = configuration.join(', ');
  const wanted = configurationFrom(expected).join(', ');
  if (found !== wanted) throw new Error(`After ${when}, ${found} is active instead of ${wanted}.`);
}
