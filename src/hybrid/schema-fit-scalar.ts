// Whether numbers and texts that were written satisfy the bounds of those that are accepted.
import { constOf, isInteger, typeOf, type Conjunction } from './json-schema.ts';
import { numbersIn, sure, unsure, type Misfit, type Question } from './schema-question.ts';

/** Patterns of well-known formats fill a screen. */
const LONG = 40;

type Bound = 'atLeast' | 'atMost';

/** Numbers and texts share this: each keyword is compared by itself. */
export function fitScalar({ written, accepted, path }: Question): readonly Misfit[] {
  const type = typeOf(written);
  const found: (Misfit | undefined)[] = [];
  if (type === undefined || type === 'number') {
    found.push(
      fitBound(written, { keyword: 'minimum', limit: accepted['minimum'], path }),
      fitBound(written, { keyword: 'exclusiveMinimum', limit: accepted['exclusiveMinimum'], path }),
      fitBound(written, { keyword: 'maximum', limit: accepted['maximum'], path }),
      fitBound(written, { keyword: 'exclusiveMaximum', limit: accepted['exclusiveMaximum'], path }),
      fitMultiple(written, accepted['multipleOf'], path),
    );
  }
  if (type === undefined || type === 'string') {
    found.push(
      fitLength(written, { keyword: 'minLength', limit: accepted['minLength'], path }),
      fitLength(written, { keyword: 'maxLength', limit: accepted['maxLength'], path }),
      fitPattern(written, accepted['pattern'], path),
      fitFormat({ written, accepted, path }),
    );
  }
  return found.filter(misfit => misfit !== undefined);
}

interface Limit {
  readonly keyword: string;
  readonly limit: unknown;
  readonly path: string;
}

function fitBound(written: Conjunction, { keyword, limit, path }: Limit): Misfit | undefined {
  if (typeof limit !== 'number') return undefined;
  const side: Bound = keyword.toLowerCase().endsWith('minimum') ? 'atLeast' : 'atMost';
  const { value, isOpen } = boundOf(written, side);
  const distance = side === 'atLeast' ? value - limit : limit - value;
  if (distance > 0 || (distance === 0 && (isOpen || !keyword.startsWith('exclusive')))) return undefined;
  return sure(path, `${keyword} ${limit} is stricter than what was written`);
}

/** The strictest bound; of whole numbers it is the last one that is allowed. */
function boundOf(written: Conjunction, side: Bound): { readonly value: number; readonly isOpen: boolean } {
  const found = constOf(written);
  if (found) return { value: Number(found.value), isOpen: false };
  const [closed, open] = side === 'atLeast' ? ['minimum', 'exclusiveMinimum'] : ['maximum', 'exclusiveMaximum'];
  const sign = side === 'atLeast' ? 1 : -1;
  let best = { value: -Infinity * sign, isOpen: false };
  for (const node of written) {
    for (const keyword of [closed, open] as const) {
      const limit = node[keyword];
      if (typeof limit !== 'number') continue;
      const isOpen = keyword === open;
      const isStricter = (limit - best.value) * sign > 0 || (limit === best.value && isOpen);
      if (isStricter) best = { value: limit, isOpen };
    }
  }
  if (!isInteger(written) || !Number.isFinite(best.value)) return best;
  const whole = side === 'atLeast' ? Math.ceil(best.value) : Math.floor(best.value);
  return { value: best.isOpen && whole === best.value ? whole + sign : whole, isOpen: false };
}

function fitMultiple(written: Conjunction, of: unknown, path: string): Misfit | undefined {
  if (typeof of !== 'number') return undefined;
  const found = constOf(written);
  const units = found ? [Number(found.value)] : written.flatMap(node => numbersIn(node['multipleOf']));
  if (isInteger(written)) units.push(1);
  if (units.some(unit => Number.isInteger(unit / of))) return undefined;
  return sure(path, `what was written need not be a multiple of ${of}`);
}

function fitLength(written: Conjunction, { keyword, limit, path }: Limit): Misfit | undefined {
  if (typeof limit !== 'number') return undefined;
  const found = constOf(written);
  const lengths = found ? lengthOf(String(found.value)) : written.flatMap(node => numbersIn(node[keyword]));
  const isWithin = (length: number): boolean => (keyword === 'minLength' ? length >= limit : length <= limit);
  if (lengths.some(isWithin) || (keyword === 'minLength' && limit === 0)) return undefined;
  return sure(path, `${keyword} ${limit} is stricter than what was written`);
}

/** In UTF-16 code units, as most libraries count. */
const lengthOf = (text: string): number[] => [text.length];

function fitPattern(written: Conjunction, pattern: unknown, path: string): Misfit | undefined {
  if (typeof pattern !== 'string') return undefined;
  const found = constOf(written);
  const shown = shorten(pattern);
  if (found) {
    const text = String(found.value);
    return isMatch(pattern, text) ? undefined : sure(path, `${JSON.stringify(text)} does not match ${shown}`);
  }
  const patterns = written.flatMap(node => (typeof node['pattern'] === 'string' ? [node['pattern']] : []));
  if (patterns.includes(pattern)) return undefined;
  if (patterns.length === 0) return sure(path, `any text was written, and ${shown} is asked for`);
  return unsure(path, `${shown} cannot be compared with ${patterns.map(shorten).join(' and ')}`);
}

const shorten = (pattern: string): string => (pattern.length > LONG ? `${pattern.slice(0, LONG)}…` : pattern);

function isMatch(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

function fitFormat({ written, accepted, path }: Question): Misfit | undefined {
  const { format } = accepted;
  if (typeof format !== 'string') return undefined;
  const formats = written.flatMap(node => (node['format'] === undefined ? [] : [node['format']]));
  if (formats.includes(format)) return undefined;
  if (formats.length > 0 || constOf(written) || written.some(node => 'pattern' in node)) {
    return unsure(path, `the format ${format} cannot be compared with what was written`);
  }
  return sure(path, `any text was written, and the format ${format} is asked for`);
}
