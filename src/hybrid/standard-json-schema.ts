// The JSON Schema of a contract's schema, where its library offers one (Standard JSON Schema).
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { isNode, stableText, type JsonSchema } from './json-schema.ts';

/** A schema seen from its three sides. */
export interface Sides {
  /** What is stored: the output. */
  readonly written: JsonSchema;
  /**
   * What handlers count on: the output, where unknown properties are refused only if the schema refuses them. Stored
   * data of the current version is not validated again, so defaults are not filled in.
   */
  readonly read: JsonSchema;
  /** What validation accepts. */
  readonly input: JsonSchema;
}

/** Said of values, not of which values there are: free text, and defaults that may be computed anew each time. */
const LEFT_OUT = new Set(['$schema', 'default']);
/** Their values are data or names, not keywords. */
const AS_IT_IS = new Set(['const', 'enum', 'examples']);
const NAMES = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);

/** Undefined where the library offers none, or has none for this schema. */
export function sidesOf(schema: StandardSchemaV1): Sides | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  if (!jsonSchema) return undefined;
  try {
    const input = tidy(jsonSchema.input({ target: 'draft-2020-12' }));
    const written = tidy(jsonSchema.output({ target: 'draft-2020-12' }));
    return { written, read: openLike(written, input), input };
  } catch {
    return undefined;
  }
}

/** The same schema, always written in the same way: sorted, for a file that is compared line by line. */
function tidy(node: unknown): JsonSchema {
  return tidyValue(node) as JsonSchema;
}

function tidyValue(value: unknown, areNames = false): unknown {
  if (Array.isArray(value)) return value.map(one => tidyValue(one));
  if (!isNode(value)) return value;
  const entries = Object.entries(value).filter(([key]) => areNames || !LEFT_OUT.has(key));
  const tidied = entries.map(([key, one]): [string, unknown] => {
    if (areNames) return [key, tidyValue(one)];
    if (AS_IT_IS.has(key)) return [key, one];
    if (key === 'required' && Array.isArray(one)) return [key, [...(one as readonly string[])].toSorted()];
    return [key, tidyValue(one, NAMES.has(key))];
  });
  return Object.fromEntries(tidied.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Libraries that strip unknown properties describe an output without them, and an input that takes them. */
function openLike(written: unknown, input: unknown): JsonSchema {
  return openValue(written, input) as JsonSchema;
}

function openValue(written: unknown, input: unknown): unknown {
  if (Array.isArray(written)) {
    return written.map((one, index) => openValue(one, Array.isArray(input) ? input[index] : undefined));
  }
  if (!isNode(written) || !isNode(input)) return written;
  const isStripped = written['additionalProperties'] === false && input['additionalProperties'] === undefined;
  const entries = Object.entries(written).filter(([key]) => !(isStripped && key === 'additionalProperties'));
  return Object.fromEntries(entries.map(([key, one]) => [key, openValue(one, input[key])]));
}

/** What is read, where it is no more than what is written with every object open. */
export function opened(written: JsonSchema): JsonSchema {
  return openAll(written) as JsonSchema;
}

function openAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openAll);
  if (!isNode(value)) return value;
  const entries = Object.entries(value).filter(([key, one]) => !(key === 'additionalProperties' && one === false));
  return Object.fromEntries(entries.map(([key, one]) => [key, openAll(one)]));
}

export const isEqualJson = (one: unknown, other: unknown): boolean => stableText(one) === stableText(other);
