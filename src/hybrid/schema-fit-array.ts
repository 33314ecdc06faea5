// Whether lists that were written are accepted: their length and each of their items.
import { isNever, isSchema, schemasIn, type Conjunction, type JsonSchema } from './json-schema.ts';
import { sure, type Fitting, type Misfit, type Question } from './schema-question.ts';

export function fitArray({ written, accepted, path }: Question, fitting: Fitting): readonly Misfit[] {
  const found: Misfit[] = [];
  const { minItems, items } = accepted;
  const longest = longestOf(written);
  const most = longestOf([accepted]);
  if (typeof minItems === 'number' && shortestOf(written) < minItems) {
    found.push(sure(path, `fewer than ${minItems} items may have been written`));
  }
  if (longest > most) {
    found.push(sure(path, `more than ${most} items may have been written`));
  }
  const wanted = schemasIn(accepted['prefixItems']);
  for (const [index, schema] of wanted.entries()) {
    if (index >= longest) break;
    found.push(...fitting.covers(itemAt(written, index), schema, `${path}[${index}]`));
  }
  if (!isSchema(items) || isNever(items)) return found;
  const named = Math.max(0, ...written.map(node => schemasIn(node['prefixItems']).length));
  for (let index = wanted.length; index < Math.min(named, longest); index++) {
    found.push(...fitting.covers(itemAt(written, index), items, `${path}[${index}]`));
  }
  const rest = Math.max(named, wanted.length);
  if (rest < longest) found.push(...fitting.covers(itemAt(written, rest), items, `${path}[]`));
  return found;
}

function itemAt(written: Conjunction, index: number): readonly JsonSchema[] {
  return written.flatMap(node => {
    const named = schemasIn(node['prefixItems'])[index];
    const { items } = node;
    return named !== undefined ? [named] : isSchema(items) ? [items] : [];
  });
}

function shortestOf(written: Conjunction): number {
  return Math.max(0, ...written.map(({ minItems }) => (typeof minItems === 'number' ? minItems : 0)));
}

function longestOf(written: Conjunction): number {
  return Math.min(
    ...written.map(({ maxItems, items, prefixItems }) => {
      const named = isNever(items) ? schemasIn(prefixItems).length : Infinity;
      return Math.min(named, typeof maxItems === 'number' ? maxItems : Infinity);
    }),
  );
}
