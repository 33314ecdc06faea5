// JSON Schema as data, and a schema as the list of union-free alternatives that together allow what it allows.
import { TroupeError } from '../runtime/errors.ts';

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = boolean | JsonSchemaNode;

/** The keywords of one node. */
export type JsonSchemaNode = Readonly<Record<string, unknown>>;

/** Nodes that hold at once. */
export type Conjunction = readonly JsonSchemaNode[];

/** Says nothing about which values are allowed. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$defs',
  'definitions',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);
const UNIONS = new Set(['$ref', 'anyOf', 'oneOf', 'allOf', 'enum']);

/** More alternatives than a schema of a message has: beyond it nothing is proved. */
const MOST_ALTERNATIVES = 512;

/** Thrown where nothing can be proved; a comparison answers `unknown` then. */
export class Unjudged extends TroupeError {
  constructor(problem: string) {
    super('invalid-definition', `${problem}. Compare by hand, or with stored messages.`);
  }
}

export const isNode = (value: unknown): value is JsonSchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isSchema = (value: unknown): value is JsonSchema => typeof value === 'boolean' || isNode(value);

/** The keywords that allow less, with their values. */
export const assertionsOf = (node: JsonSchemaNode): readonly [string, unknown][] =>
  Object.entries(node).filter(([keyword]) => !ANNOTATIONS.has(keyword));

export const schemasIn = (list: unknown): readonly JsonSchema[] => (Array.isArray(list) ? list.filter(isSchema) : []);

/** JSON text with sorted keys: equal for equal values. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isNode(one) ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

/** Whether nothing is allowed. */
export function isNever(schema: unknown): boolean {
  if (schema === false) return true;
  const not = isNode(schema) ? schema['not'] : undefined;
  return not === true || (isNode(not) && assertionsOf(not).length === 0);
}

/** The schemas of one side; remembers what it has taken apart, so that nodes keep their identity. */
export class SchemaDocument {
  readonly root: JsonSchema;
  readonly #alternatives = new Map<JsonSchema, readonly Conjunction[]>();
  readonly #open = new Set<JsonSchema>();

  constructor(root: JsonSchema) {
    this.root = root;
  }

  /** @throws Unjudged where the reference leads out of the document */
  resolve(reference: unknown): JsonSchema {
    const text = String(reference);
    let found: unknown = text === '#' || text.startsWith('#/') ? this.root : undefined;
    for (const part of text.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      found =
        typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined;
    }
    if (isSchema(found)) return found;
    throw new Unjudged(`The reference ${text} leads nowhere`);
  }

  /** What all of the schemas allow, as alternatives without unions. None: nothing is allowed. */
  alternatives(schemas: readonly JsonSchema[]): readonly Conjunction[] {
    return this.#product(schemas.map(schema => this.#expand(schema)));
  }

  #expand(schema: JsonSchema): readonly Conjunction[] {
    if (schema === true) return [[]];
    if (schema === false || isNever(schema)) return [];
    const known = this.#alternatives.get(schema);
    if (known) return known;
    if (this.#open.has(schema)) throw new Unjudged('A schema refers to nothing but itself');
    this.#open.add(schema);
    try {
      const alternatives = this.#takeApart(schema);
      this.#alternatives.set(schema, alternatives);
      for (const flat of alternatives.flat()) this.#alternatives.set(flat, [[flat]]);
      return alternatives;
    } finally {
      this.#open.delete(schema);
    }
  }

  #takeApart(schema: JsonSchemaNode): readonly Conjunction[] {
    const factors: (readonly Conjunction[])[] = schemasIn(schema['allOf']).map(one => this.#expand(one));
    if ('$ref' in schema) factors.push(this.#expand(this.resolve(schema['$ref'])));
    for (const union of ['anyOf', 'oneOf']) {
      if (union in schema) factors.push(schemasIn(schema[union]).flatMap(one => this.#expand(one)));
    }
    const values = schema['enum'];
    if (Array.isArray(values)) factors.push(values.map(value => [literal(value)]));
    const rest = Object.fromEntries(assertionsOf(schema).filter(([keyword]) => !UNIONS.has(keyword)));
    if (Object.keys(rest).length > 0) factors.push(byType(rest).map(flat => [flat]));
    return this.#product(factors);
  }

  #product(factors: readonly (readonly Conjunction[])[]): readonly Conjunction[] {
    let all: readonly Conjunction[] = [[]];
    for (const factor of factors) {
      all = all.flatMap(one => factor.map(other => [...one, ...other])).filter(isPossible);
      if (all.length > MOST_ALTERNATIVES) throw new Unjudged('The schema has too many alternatives');
    }
    return all;
  }
}

/** `{ type: ['string', 'null'] }` as one node per type, and booleans as their two values. */
function byType(node: JsonSchemaNode): readonly JsonSchemaNode[] {
  const { type, const: value } = node;
  if (value !== undefined) {
    const { const: _, ...rest } = node;
    return [{ ...literal(value), ...(rest['type'] === undefined ? {} : { type: rest['type'] }) }];
  }
  if (Array.isArray(type)) return type.flatMap((one: unknown) => byType({ ...node, type: one }));
  return type === 'boolean' ? [literal(true), literal(false)] : [node];
}

/** A single value as a schema: objects and lists by their parts, so that only plain values are compared as such. */
export function literal(value: unknown): JsonSchemaNode {
  if (Array.isArray(value)) {
    const { length } = value;
    return { type: 'array', prefixItems: value.map(literal), items: false, minItems: length, maxItems: length };
  }
  if (!isNode(value)) return { const: value };
  const properties = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, literal(one)]));
  return { type: 'object', properties, required: Object.keys(value), additionalProperties: false };
}

/** The JSON type of the values; undefined where they may be of any. */
export function typeOf(conjunction: Conjunction): string | undefined {
  for (const node of conjunction) {
    if ('const' in node) return typeOfValue(node['const']);
    if (typeof node['type'] === 'string') return node['type'] === 'integer' ? 'number' : node['type'];
  }
  return undefined;
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** The one value there is. */
export function constOf(conjunction: Conjunction): { readonly value: unknown } | undefined {
  const node = conjunction.find(one => 'const' in one);
  return node && { value: node['const'] };
}

function isPossible(conjunction: Conjunction): boolean {
  const types = new Set(conjunction.flatMap(node => typeOf([node]) ?? []));
  const values = new Set(conjunction.flatMap(node => ('const' in node ? [stableText(node['const'])] : [])));
  if (types.size > 1 || values.size > 1) return false;
  const found = constOf(conjunction);
  return !found || !isInteger(conjunction) || Number.isInteger(found.value);
}

export const isInteger = (conjunction: Conjunction): boolean => conjunction.some(node => node['type'] === 'integer');
