// What the rules of a schema comparison share: the question, the answer, and the way to ask about parts.
import type { Conjunction, JsonSchema, JsonSchemaNode } from './json-schema.ts';

/** One place where written data may not be readable. */
export interface Misfit {
  /** `data.lines[].units` */
  readonly path: string;
  readonly problem: string;
  /** False where nothing could be proved either way. */
  readonly isSure: boolean;
  /** Another value was asked for: a branch of a union that is not meant. */
  readonly isOtherValue?: true;
}

/** Does one alternative of what was written fit these keywords? */
export interface Question {
  readonly written: Conjunction;
  readonly accepted: JsonSchemaNode;
  readonly path: string;
}

/** How rules ask about parts of a value. */
export interface Fitting {
  /** Whether all that satisfies every one of `written` is accepted. */
  covers(written: readonly JsonSchema[], accepted: JsonSchema, path: string): readonly Misfit[];
  /** The alternatives of what was written. */
  alternatives(written: readonly JsonSchema[]): readonly Conjunction[];
}

/** Compares the keywords of one type of value. */
export type Rule = (question: Question, fitting: Fitting) => readonly Misfit[];

export const sure = (path: string, problem: string): Misfit => ({ path, problem, isSure: true });
export const unsure = (path: string, problem: string): Misfit => ({ path, problem, isSure: false });

export const requiredOf = (written: Conjunction): readonly string[] =>
  written.flatMap(({ required }) => textsIn(required));

export const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter(one => typeof one === 'string') : [];

export const numbersIn = (value: unknown): readonly number[] => (typeof value === 'number' ? [value] : []);
