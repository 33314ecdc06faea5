// Words for what is wrong with a value: its path, what it is and what to store instead; only errors come here.
import { types } from 'node:util';

const identifier = /^[A-Za-z_$][\w$]{0,63}$/;

/** Formats where a value was found: `data.items[3].due`. */
export function formatPath(what: string, path: readonly PropertyKey[], length: number = path.length): string {
  let text = what;
  for (const key of path.slice(0, length)) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'string' && identifier.test(key)) text += `.${key}`;
    else text += `[${JSON.stringify(String(key).slice(0, 64))}]`;
  }
  return text;
}

/** What must be done about a value that JSON cannot hold. */
export interface NotJsonReport {
  readonly found: string;
  readonly remedy: string;
}

const useArray = 'Store an object or an array.';
const known: readonly (readonly [(value: object) => boolean, NotJsonReport])[] = [
  [types.isDate, { found: 'a Date', remedy: 'Store milliseconds or an ISO string.' }],
  [types.isMap, { found: 'a Map', remedy: useArray }],
  [types.isSet, { found: 'a Set', remedy: useArray }],
  [types.isRegExp, { found: 'a RegExp', remedy: 'Store its source as a string.' }],
  [value => value instanceof Error, { found: 'an Error', remedy: 'Store its code and message.' }],
  [types.isPromise, { found: 'a Promise', remedy: 'Await it first.' }],
  [
    value => ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value),
    { found: 'bytes', remedy: 'Store base64 text.' },
  ],
];

/** Says what a refused value is, without showing it. */
export function reportValue(value: unknown): NotJsonReport {
  switch (typeof value) {
    case 'undefined':
      return { found: 'undefined or a hole in an array', remedy: 'Use null, or leave the item out.' };
    case 'number':
      return { found: String(value), remedy: 'Use null or a finite number.' };
    case 'bigint':
      return { found: 'a bigint', remedy: 'Store it as a string, or as a number when it is safe.' };
    case 'string':
      return { found: 'text with half a surrogate pair', remedy: 'Call toWellFormed() on it.' };
    case 'object':
      return reportObject(value ?? {});
    default:
      return { found: `a ${typeof value}`, remedy: 'Leave it out.' };
  }
}

/** Says why a property name is refused. */
export function reportKey(key: string): NotJsonReport {
  return key.isWellFormed()
    ? { found: 'a property name that JavaScript gives a meaning', remedy: 'Rename the property.' }
    : { found: 'a property name with half a surrogate pair', remedy: 'Call toWellFormed() on it.' };
}

function reportObject(value: object): NotJsonReport {
  for (const [matches, report] of known) if (matches(value)) return report;
  const maker = (Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null)?.constructor;
  const name =
    typeof maker === 'function' && identifier.test(maker.name) ? `an instance of ${maker.name}` : 'no plain object';
  return { found: name, remedy: 'Store a plain object with its fields.' };
}
