// Whether objects that were written are accepted: what must be there, what may be there, and what else.
import { isNever, isNode, isSchema, schemasIn, type Conjunction, type JsonSchema } from './json-schema.ts';
import {
  numbersIn,
  requiredOf,
  sure,
  textsIn,
  unsure,
  type Fitting,
  type Misfit,
  type Question,
} from './schema-question.ts';

export function fitObject(question: Question, fitting: Fitting): readonly Misfit[] {
  return [
    ...fitRequired(question),
    ...fitProperties(question, fitting),
    ...fitOthers(question, fitting),
    ...fitNames(question, fitting),
    ...fitCount(question),
  ];
}

function fitRequired({ written, accepted, path }: Question): Misfit[] {
  const present = requiredOf(written);
  return textsIn(accepted['required'])
    .filter(name => !present.includes(name))
    .map(name => sure(join(path, name), 'it is required, and may be missing in what was written'));
}

function fitProperties({ written, accepted, path }: Question, fitting: Fitting): Misfit[] {
  return Object.entries(propertiesOf(accepted)).flatMap(([name, schema]) => {
    const said = saidOf(written, name);
    if (!isWritten(said, fitting)) return [];
    if (said.length > 0) return [...fitting.covers(said, schema, join(path, name))];
    const found = fitting.covers([], schema, join(path, name));
    return found.length === 0 ? [] : [unsure(join(path, name), 'what was written may have it as something else')];
  });
}

/** Properties that only the writer names, and those that nobody names. */
function fitOthers({ written, accepted, path }: Question, fitting: Fitting): Misfit[] {
  const { additionalProperties: given, patternProperties } = accepted;
  if (!isSchema(given) || given === true || patternProperties !== undefined) return [];
  const rest = isNever(given) ? false : given;
  const known = propertiesOf(accepted);
  const names = [...new Set(written.flatMap(node => Object.keys(propertiesOf(node))))];
  const found = names
    .filter(name => !Object.hasOwn(known, name) && isWritten(saidOf(written, name), fitting))
    .flatMap(name =>
      rest === false
        ? [sure(join(path, name), 'it was written, and is not accepted')]
        : [...fitting.covers(saidOf(written, name), rest, join(path, name))],
    );
  const others = saidOf(written, undefined);
  if (!isWritten(others, fitting)) return found;
  const misfits =
    rest === false
      ? [sure(`${path}.*`, 'any other property may have been written, and none is accepted')]
      : fitting.covers(others, rest, `${path}.*`);
  return [...found, ...misfits];
}

function fitNames({ written, accepted, path }: Question, fitting: Fitting): Misfit[] {
  const wanted = accepted['propertyNames'];
  if (!isSchema(wanted)) return [];
  const named = written.flatMap(node => Object.keys(propertiesOf(node)));
  const found = named
    .filter(name => isWritten(saidOf(written, name), fitting))
    .flatMap(name => [...fitting.covers([{ const: name }], wanted, join(path, name))]);
  if (!isWritten(saidOf(written, undefined), fitting)) return found;
  const names = written.flatMap(node => schemasIn([node['propertyNames']]));
  return [...found, ...fitting.covers([{ type: 'string' }, ...names], wanted, `${path}.*`)];
}

function fitCount({ written, accepted, path }: Question): Misfit[] {
  const { minProperties, maxProperties } = accepted;
  const found: Misfit[] = [];
  const present = new Set(requiredOf(written)).size;
  const least = Math.max(present, ...written.flatMap(node => numbersIn(node['minProperties'])));
  const most = Math.min(...written.map(mostIn));
  if (typeof minProperties === 'number' && least < minProperties) {
    found.push(sure(path, `fewer than ${minProperties} properties may have been written`));
  }
  if (typeof maxProperties === 'number' && most > maxProperties) {
    found.push(sure(path, `more than ${maxProperties} properties may have been written`));
  }
  return found;
}

function mostIn(node: Conjunction[number]): number {
  const [limit] = numbersIn(node['maxProperties']);
  const isClosed = node['additionalProperties'] === false && node['patternProperties'] === undefined;
  return limit ?? (isClosed ? Object.keys(propertiesOf(node)).length : Infinity);
}

/** What the writer's schemas say of a property, or of one that none of them names. */
function saidOf(written: Conjunction, name: string | undefined): readonly JsonSchema[] {
  return written.flatMap(node => {
    const properties = propertiesOf(node);
    if (name !== undefined && Object.hasOwn(properties, name)) return schemasIn([properties[name]]);
    return node['patternProperties'] === undefined ? schemasIn([node['additionalProperties']]) : [];
  });
}

const isWritten = (said: readonly JsonSchema[], fitting: Fitting): boolean => fitting.alternatives(said).length > 0;

function propertiesOf(node: Conjunction[number]): Readonly<Record<string, JsonSchema>> {
  const { properties } = node;
  return isNode(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : {};
}

const join = (path: string, name: string): string =>
  /^[\w$-]+$/.test(name) ? `${path}.${name}` : `${path}["${name}"]`;
