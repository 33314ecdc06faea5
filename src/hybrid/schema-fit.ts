// Whether everything one JSON Schema allows is allowed by another; what cannot be proved is never called a fit.
import { fitArray } from './schema-fit-array.ts';
import { fitObject } from './schema-fit-object.ts';
import { fitScalar } from './schema-fit-scalar.ts';
import {
  assertionsOf,
  constOf,
  isInteger,
  isNode,
  isSchema,
  literal,
  schemasIn,
  SchemaDocument,
  stableText,
  isNever,
  typeOf,
  Unjudged,
  type Conjunction,
  type JsonSchema,
  type JsonSchemaNode,
} from './json-schema.ts';
import {
  requiredOf,
  sure,
  textsIn,
  unsure,
  type Fitting,
  type Misfit,
  type Question,
  type Rule,
} from './schema-question.ts';

const RULES: readonly { readonly type: string; readonly keywords: ReadonlySet<string>; readonly rule: Rule }[] = [
  {
    type: 'object',
    keywords: new Set([
      'properties',
      'required',
      'additionalProperties',
      'propertyNames',
      'minProperties',
      'maxProperties',
    ]),
    rule: fitObject,
  },
  { type: 'array', keywords: new Set(['items', 'prefixItems', 'minItems', 'maxItems']), rule: fitArray },
  { type: 'string', keywords: new Set(['minLength', 'maxLength', 'pattern', 'format']), rule: fitScalar },
  {
    type: 'number',
    keywords: new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']),
    rule: fitScalar,
  },
];
const LOGIC = new Set(['type', 'const', 'enum', 'anyOf', 'oneOf', 'allOf', '$ref']);
const KNOWN = new Set([...LOGIC, ...RULES.flatMap(({ keywords }) => [...keywords])]);
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isText = (value: unknown): boolean => typeof value === 'string';
/** What the value of a keyword is where it is not a number; earlier drafts had other ones. */
const FORMS: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: value => isText(value) || Array.isArray(value),
  const: () => true,
  ...Object.fromEntries(
    ['enum', 'anyOf', 'oneOf', 'allOf', 'required', 'prefixItems'].map(one => [one, Array.isArray]),
  ),
  ...Object.fromEntries(['$ref', 'pattern', 'format'].map(one => [one, isText])),
  ...Object.fromEntries(['items', 'additionalProperties', 'propertyNames'].map(one => [one, isSchema])),
  properties: isNode,
};

/** Whether the rules know what this keyword means. */
const isJudged = ([keyword, value]: readonly [string, unknown]): boolean =>
  KNOWN.has(keyword) && (FORMS[keyword] ?? isNumber)(value);

/** A comparison of two schemas of messages takes some hundred steps. */
const MOST_STEPS = 50_000;

/**
 * Where data that the first schema allows may be refused by the second: none means that all of it is accepted. After
 * the subschema check of Habib et al., "Finding Data Compatibility Bugs with JSON Subschema Checking" (2021).
 */
export function misfits(written: JsonSchema, accepted: JsonSchema, path: string): readonly Misfit[] {
  const found = new Comparison(written, accepted).covers([written], accepted, path);
  const byPath = new Map<string, Misfit>();
  for (const misfit of found) {
    const known = byPath.get(misfit.path);
    if (!known || (misfit.isSure && !known.isSure)) byPath.set(misfit.path, misfit);
  }
  return [...byPath.values()];
}

class Comparison implements Fitting {
  readonly #written: SchemaDocument;
  readonly #accepted: SchemaDocument;
  readonly #ids = new Map<JsonSchema, number>();
  readonly #open = new Map<string, string>();
  #steps = 0;

  constructor(written: JsonSchema, accepted: JsonSchema) {
    this.#written = new SchemaDocument(written);
    this.#accepted = new SchemaDocument(accepted);
  }

  alternatives(written: readonly JsonSchema[]): readonly Conjunction[] {
    return this.#written.alternatives(written);
  }

  /**
   * A question that comes up again below itself is about a part of the value, and holds if the rest does; at the same
   * place it would be its own proof.
   */
  covers(written: readonly JsonSchema[], accepted: JsonSchema, path: string): readonly Misfit[] {
    if (accepted === true || (isNode(accepted) && assertionsOf(accepted).length === 0)) return [];
    const question = [...written, accepted].map(schema => this.#idOf(schema)).join(' ');
    const asked = this.#open.get(question);
    if (asked !== undefined) return asked === path ? [unsure(path, 'the schema refers to itself')] : [];
    this.#open.set(question, path);
    try {
      this.#steps += 1;
      if (this.#steps > MOST_STEPS) throw new Unjudged('The schemas are too large');
      return this.alternatives(written).flatMap(one => this.#fit({ written: one, accepted: toNode(accepted), path }));
    } catch (error) {
      if (error instanceof Unjudged) return [unsure(path, error.message)];
      throw error;
    } finally {
      this.#open.delete(question);
    }
  }

  #fit(question: Question): readonly Misfit[] {
    const { written, accepted, path } = question;
    const type = typeOf(written);
    const found = [...this.#fitParts(question), ...this.#fitUnions(question), ...fitType(question)];
    for (const assertion of assertionsOf(accepted)) {
      const [keyword, value] = assertion;
      if (isJudged(assertion) || written.some(node => isSame(node[keyword], value, keyword))) continue;
      found.push(unsure(path, `${keyword} cannot be compared`));
    }
    for (const { type: of, keywords, rule } of RULES) {
      if (type !== undefined && type !== of) continue;
      if (Object.keys(accepted).some(keyword => keywords.has(keyword))) found.push(...rule(question, this));
    }
    const isOpaque = written.some(node => !assertionsOf(node).every(isJudged));
    return isOpaque ? found.map(misfit => ({ ...misfit, isSure: false })) : found;
  }

  #fitParts({ written, accepted, path }: Question): Misfit[] {
    const parts = [...schemasIn(accepted['allOf'])];
    if ('$ref' in accepted) parts.push(this.#accepted.resolve(accepted['$ref']));
    return parts.flatMap(part => [...this.covers(written, part, path)]);
  }

  #fitUnions({ written, accepted, path }: Question): Misfit[] {
    const found: Misfit[] = [];
    if ('anyOf' in accepted) found.push(...this.#fitAny(written, schemasIn(accepted['anyOf']), path));
    if (!('oneOf' in accepted)) return found;
    const branches = schemasIn(accepted['oneOf']);
    found.push(...this.#fitAny(written, branches, path));
    if (this.#mayOverlap(branches)) found.push(unsure(path, 'more than one of the alternatives may match'));
    return found;
  }

  /** Where no branch takes it, the one that was meant says why. */
  #fitAny(written: Conjunction, branches: readonly JsonSchema[], path: string): readonly Misfit[] {
    const answers = branches.map(branch => this.covers(written, branch, path));
    if (answers.some(answer => answer.length === 0)) return [];
    const isUnsure = answers.find(answer => answer.every(({ isSure }) => !isSure));
    if (isUnsure) return isUnsure;
    const type = typeOf(written);
    const ofType = answers.filter((_, index) => this.#takes(branches[index] ?? false, type));
    const meant = ofType.length === 1 ? ofType : ofType.filter(answer => !answer.some(one => one.isOtherValue));
    const [answer] = meant;
    if (!answer || meant.length > 1) return [sure(path, `${describe(written)} is none of the alternatives`)];
    const others = answer.filter(one => one.isOtherValue);
    return others.length > 0 ? others : answer;
  }

  #takes(branch: JsonSchema, type: string | undefined): boolean {
    const types = new Set(this.#accepted.alternatives([branch]).map(one => typeOf(one)));
    return types.has(undefined) || types.has(type);
  }

  /** Branches that ask for different values of one property, or for different types, never match at once. */
  #mayOverlap(branches: readonly JsonSchema[]): boolean {
    const alternatives = branches.map(branch => this.#accepted.alternatives([branch]));
    return alternatives.some((some, index) =>
      alternatives.slice(index + 1).some(others => some.some(one => others.some(other => !this.#differ(one, other)))),
    );
  }

  #differ(one: Conjunction, other: Conjunction): boolean {
    const [type, otherType] = [typeOf(one), typeOf(other)];
    if (type === undefined || otherType === undefined) return false;
    if (type !== otherType) return true;
    const [value, otherValue] = [constOf(one), constOf(other)];
    if (value && otherValue) return stableText(value.value) !== stableText(otherValue.value);
    return requiredOf(one).some(name => {
      if (!requiredOf(other).includes(name)) return false;
      const parts = [...propertyIn(one, name), ...propertyIn(other, name)];
      return parts.length > 1 && this.#accepted.alternatives(parts).length === 0;
    });
  }

  #idOf(schema: JsonSchema): number {
    const known = this.#ids.get(schema);
    if (known !== undefined) return known;
    this.#ids.set(schema, this.#ids.size);
    return this.#ids.size - 1;
  }
}

/** No value fits `{ enum: [] }`; objects and lists among the values are compared by their parts, as those written. */
function toNode(schema: JsonSchema): JsonSchemaNode {
  if (!isNode(schema) || isNever(schema)) return { enum: [] };
  const { const: value, ...others } = schema;
  if (isCompound(value)) return { allOf: [others, literal(value)] };
  const { enum: values, ...rest } = schema;
  const isListed = Array.isArray(values) && values.some(isCompound);
  return isListed ? { allOf: [rest, { anyOf: values.map(literal) }] } : schema;
}

const isCompound = (value: unknown): boolean => typeof value === 'object' && value !== null;

function fitType({ written, accepted, path }: Question): Misfit[] {
  const found: Misfit[] = [];
  const { type: wanted, enum: values } = accepted;
  const types = textsIn([wanted].flat());
  if (types.length > 0 && !isOfType(written, types)) {
    found.push(sure(path, `${describe(written)} is not ${types.join(' or ')}`));
  }
  const allowed = [...(Array.isArray(values) ? [values] : []), ...('const' in accepted ? [[accepted['const']]] : [])];
  for (const list of allowed) {
    if (!isIn(written, list)) found.push({ ...sure(path, notAllowed(written, list)), isOtherValue: true });
  }
  return found;
}

function isOfType(written: Conjunction, wanted: readonly unknown[]): boolean {
  const type = typeOf(written);
  if (wanted.includes(type)) return true;
  if (type !== 'number' || !wanted.includes('integer')) return false;
  const found = constOf(written);
  if (found) return Number.isInteger(found.value);
  return isInteger(written) || written.some(node => Number.isInteger(node['multipleOf']));
}

function isIn(written: Conjunction, list: readonly unknown[]): boolean {
  const found = constOf(written);
  return found !== undefined && list.some(value => stableText(value) === stableText(found.value));
}

function notAllowed(written: Conjunction, list: readonly unknown[]): string {
  const shown = list.map(value => JSON.stringify(value)).join(', ');
  return `${describe(written)} is not ${list.length === 0 ? 'allowed' : `one of ${shown}`}`;
}

/** `"gold"`, `a string`, `any value`. */
function describe(written: Conjunction): string {
  const found = constOf(written);
  if (found) return JSON.stringify(found.value);
  if (typeOf(written) === 'null') return 'null';
  const type = isInteger(written) ? 'integer' : typeOf(written);
  return type === undefined ? 'any value' : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** What says the same by itself, whatever stands beside it and wherever it refers to. */
function isSame(one: unknown, other: unknown, keyword: string): boolean {
  if (!['not', 'uniqueItems'].includes(keyword) || one === undefined) return false;
  const text = stableText(one);
  return text === stableText(other) && !text.includes('"$ref"');
}

function propertyIn(conjunction: Conjunction, name: string): readonly JsonSchema[] {
  return conjunction.flatMap(({ properties }) =>
    isNode(properties) && Object.hasOwn(properties, name) ? schemasIn([properties[name]]) : [],
  );
}
