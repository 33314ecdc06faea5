// The ECMAScript datamodel of SCXML: expressions, locations and scripts over the variables of one session.

export type Data = Record<string, unknown>;

/** What an expression sees: the variables, and beside them what nobody may write (`_event`, `In` and so on). */
export interface View {
  readonly data: Data;
  readonly system: Readonly<Record<string, unknown>>;
}

type Compiled = (scope: object, value: unknown) => unknown;

/** Objects that are part of the engine: they keep their identity where variables are copied. */
const engineObjects = new WeakSet<object>();

export class Datamodel {
  readonly #declared: ReadonlySet<string>;
  readonly #functions: string;
  readonly #compiled = new Map<string, Compiled>();

  /** `functions` is text that declares functions; they are code of the document, not variables. */
  constructor({ declared, functions }: { readonly declared: Iterable<string>; readonly functions: string }) {
    this.#declared = new Set(declared);
    this.#functions = functions;
  }

  evaluate(expression: string, view: View): unknown {
    return this.#compile(`return (\n${expression.trim().replace(/;$/, '')}\n)`)(this.#scope(view, false), undefined);
  }

  /** Assigns to a location whose variable exists. */
  assign(location: string, value: unknown, view: View): void {
    this.#compile(`(${location} = $value)`)(this.#scope(view, false), value);
  }

  /** Assigns, and makes the variable where there is none. */
  declare(location: string, value: unknown, view: View): void {
    this.#compile(`(${location} = $value)`)(this.#scope(view, true), value);
  }

  run(script: string, view: View): void {
    this.#compile(script)(this.#scope(view, true), undefined);
  }

  #compile(body: string): Compiled {
    const known = this.#compiled.get(body);
    if (known !== undefined) return known;
    // oxlint-disable-next-line typescript/no-implied-eval -- the documents of a test framework are programs.
    const made = new Function('$scope', '$value', `with ($scope) { ${this.#functions}\n${body} }`) as Compiled;
    this.#compiled.set(body, made);
    return made;
  }

  #scope({ data, system }: View, mayDeclare: boolean): object {
    const exists = (key: string | symbol): boolean => Object.hasOwn(data, key) || this.#declared.has(String(key));
    return new Proxy(data, {
      // A name of the engine's own globals means the global, unless the document declares it.
      has: (_, key) => exists(key) || Object.hasOwn(system, key) || !(key === '$value' || key in globalThis),
      get: (_, key) => {
        if (typeof key === 'symbol') return undefined;
        if (Object.hasOwn(system, key)) return system[key];
        if (exists(key)) return data[key];
        throw new ReferenceError(`${key} is not a variable of the datamodel`);
      },
      set: (_, key, value) => {
        if (typeof key === 'symbol' || Object.hasOwn(system, key)) throw new TypeError(`${String(key)} is read-only`);
        if (!mayDeclare && !exists(key)) throw new ReferenceError(`${key} is not a variable of the datamodel`);
        data[key] = value;
        return true;
      },
    });
  }
}

/** Marks an object of the engine. */
export function engineObject<T extends object>(object: T): T {
  engineObjects.add(object);
  return object;
}

/** Copies variables before a block writes to them; what is neither an array nor a plain object is shared. */
export function copyData<T>(value: T): T {
  if (typeof value !== 'object' || value === null || engineObjects.has(value)) return value;
  if (Array.isArray(value)) return value.map(item => copyData<unknown>(item)) as T;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyData<unknown>(item)])) as T;
}

/** The value of inline content: JSON where it is JSON, else its text with spaces made even. */
export function literal(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.trim().replaceAll(/\s+/g, ' ');
  }
}
