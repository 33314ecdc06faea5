// extract: what would have to change for a module to run in a process and on a database of its own.
import { TroupeError } from '../runtime/errors.ts';
import { assertApp, type Definitions } from './definitions.ts';
import { asks, children, deferred, edge, schedules, waits } from './extract-calls.ts';
import { claims, effects, monitors, patterns, replays, schemas, singles, tables } from './extract-data.ts';
import { Seam, type ExtractChange } from './seam.ts';

const CHANGES: readonly ((seam: Seam) => Iterable<ExtractChange>)[] = [
  tables,
  edge,
  asks,
  waits,
  deferred,
  children,
  claims,
  effects,
  schedules,
  monitors,
  patterns,
  replays,
  singles,
  schemas,
];

/**
 * Lists what would have to change for a module to become a process of its own. What application code does with the
 * runtime is not in the definitions: for each contract that comes from there it says so.
 *
 * @example
 * ```ts
 * console.log(renderExtract(extract(app, 'billing')));
 * ```
 *
 * @throws TroupeError `invalid-options`, `unknown-definition`
 */
export function extract(app: Definitions, module: string): readonly ExtractChange[] {
  assertApp('extract', app);
  const names = app.modules.map(({ name }) => name);
  if (!names.includes(module)) {
    const known =
      names.length === 0 ? 'It has none: put parts into one with defineModule.' : `It has ${names.join(', ')}.`;
    throw new TroupeError('unknown-definition', `The app has no module '${module}'. ${known}`);
  }
  const seam = new Seam(app, module);
  return CHANGES.flatMap(changes => [...changes(seam)]);
}

/** Renders what `extract` returned as text. */
export function renderExtract(changes: readonly ExtractChange[]): string {
  if (changes.length === 0) return 'nothing has to change';
  const blocks = changes.map(({ code, what, where, why, fix }) =>
    [`${code}: ${what}`, `  where: ${where.join(', ')}`, `  why: ${why}`, `  fix: ${fix}`].join('\n'),
  );
  return blocks.join('\n\n');
}
