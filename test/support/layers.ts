// The table of layers: which part of src may import which. This table is the documentation, and tidy.test.ts holds it.

/** A part of src. The first layer whose `files` begin a path owns that path, so the exact comes before the general. */
export interface Layer {
  readonly name: string;
  /** Prefixes of paths below src. */
  readonly files: readonly string[];
  /** Layers it may import. `type x`: only with `import type`. A layer always sees itself. */
  readonly sees: readonly string[];
}

const ground = ['errors', 'invariant'];
const kernel = ['retry', 'store', 'store port', 'delivery', 'turn', 'turn port', 'trace', 'runtime'];

export const layers: readonly Layer[] = [
  // The kernel, from the ground up.
  { name: 'errors', files: ['runtime/errors.ts'], sees: [] },
  { name: 'invariant', files: ['runtime/invariant.ts'], sees: ['errors'] },
  // A pure function; only its module of Node.js belongs to the platform.
  { name: 'digest', files: ['runtime/platform/digest.ts'], sees: [] },
  { name: 'platform', files: ['runtime/platform/'], sees: ground },
  { name: 'message', files: ['runtime/message/'], sees: [...ground, 'platform'] },
  { name: 'options', files: ['runtime/options.ts'], sees: [...ground, 'platform', 'message'] },
  // What a drain needs of storage; better-sqlite3 itself stays behind it.
  {
    name: 'store port',
    files: [
      'runtime/store/store.ts',
      'runtime/store/hybrid-ports.ts',
      'runtime/store/records.ts',
      'runtime/store/store-errors.ts',
      'runtime/store/application-sql.ts',
      'runtime/store/flight-file.ts',
    ],
    sees: [...ground, 'platform', 'message'],
  },
  { name: 'store', files: ['runtime/store/'], sees: [...ground, 'platform', 'message', 'store port', 'type options'] },
  // Retry policies and drafts know nothing of the kernel, so what compiles to a Behavior may use them.
  { name: 'retry', files: ['runtime/delivery/retry.ts'], sees: [...ground, 'message'] },
  {
    name: 'turn port',
    files: ['runtime/turn/behavior.ts', 'runtime/turn/decision.ts', 'runtime/turn/draft'],
    sees: [...ground, 'type platform', 'message', 'type store port', 'type retry'],
  },
  {
    name: 'delivery',
    files: ['runtime/delivery/'],
    sees: [...ground, 'platform', 'message', 'retry', 'store port', 'type turn port', 'type options'],
  },
  {
    name: 'turn',
    files: ['runtime/turn/'],
    sees: [...ground, 'platform', 'message', 'retry', 'store port', 'delivery', 'turn port', 'type options'],
  },
  {
    name: 'trace',
    files: ['runtime/trace/'],
    sees: [...ground, 'platform', 'message', 'store port', 'type delivery', 'type turn'],
  },
  { name: 'runtime', files: ['runtime/'], sees: [...ground, 'platform', 'message', 'options', ...kernel] },

  // Two siblings that compile to a Behavior and never see each other.
  { name: 'actors', files: ['actors/'], sees: [...ground, 'type platform', 'message', 'retry', 'turn port'] },
  { name: 'sagas', files: ['sagas/'], sees: [...ground, 'type platform', 'digest', 'message', 'retry', 'turn port'] },

  // What joins them.
  { name: 'hybrid', files: ['hybrid/'], sees: [...ground, 'type platform', 'message', 'turn port', 'actors', 'sagas'] },
  {
    name: 'public API',
    files: ['index.ts', 'app.ts', 'create-runtime.ts', 'check-database.ts'],
    sees: [...ground, 'platform', 'message', 'options', ...kernel, 'actors', 'sagas', 'hybrid'],
  },

  // Published apart; nothing above imports these.
  {
    name: 'testing',
    files: ['testing/'],
    sees: [...ground, 'platform', 'digest', 'message', 'options', ...kernel, 'actors', 'sagas', 'hybrid', 'public API'],
  },
  { name: 'bridges', files: ['bridges/'], sees: [...ground, 'type platform', 'message', 'delivery', 'public API'] },
  {
    name: 'inspector',
    files: ['inspector/'],
    sees: [...ground, 'type platform', 'message', 'store port', 'trace', 'public API'],
  },
  {
    name: 'hosts',
    files: ['hosts/'],
    sees: [...ground, 'type platform', 'message', 'turn port', 'hybrid', 'public API'],
  },
  {
    name: 'cli',
    files: ['cli/'],
    sees: [...ground, 'type platform', 'message', 'trace', 'hybrid', 'inspector', 'public API'],
  },
];

/** Where a package may be imported, as prefixes of paths below src. A package that is not listed is not imported at all. */
export const packages: Readonly<
  Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>
> = {
  'better-sqlite3': { values: ['runtime/store/'], types: [''] },
  mitt: { values: ['runtime/delivery/bus.ts'], types: ['runtime/delivery/bus.ts'] },
  pino: { values: ['runtime/platform/logger.ts'], types: ['runtime/platform/logger.ts'] },
  croner: { values: ['runtime/platform/'], types: ['runtime/platform/'] },
  xstate: { values: ['sagas/', 'hybrid/'], types: ['sagas/', 'hybrid/'] },
  vitest: { values: ['testing/vitest.ts'], types: ['testing/vitest.ts'] },
  '@standard-schema/spec': { values: [], types: [''] },
};

/** Modules of Node.js that read time, make ids or set timers: for the platform only. */
export const platformModules: readonly string[] = [
  'node:crypto',
  'node:perf_hooks',
  'node:timers',
  'node:timers/promises',
];

export function layerOf(path: string): Layer | undefined {
  return layers.find(layer => layer.files.some(prefix => path.startsWith(prefix)));
}
