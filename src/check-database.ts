// checkDatabase: what an app would do with the saga instances of a database, before it is deployed.
import type { App } from './app.ts';
import { TroupeError } from './runtime/errors.ts';
import { readStates } from './runtime/store/read-states.ts';
import { survey, type Survey } from './sagas/survey.ts';

/** How many instances of which state an app would load, migrate or hold. */
export interface DatabaseReport extends Survey {
  readonly file: string;
}

/**
 * Looks at every saga instance of a database file as the app would load it, and changes nothing. Takes no lock: a
 * runtime may be at work on the file, and what it commits meanwhile may or may not be counted. Runs `migrate` of the
 * sagas.
 *
 * @example
 * ```ts
 * const { ok, sagas } = checkDatabase(app, 'shop.db');
 * for (const { name, states } of sagas) {
 *   for (const { state, count, verdict, reasons } of states) console.log(name, state, count, verdict, reasons);
 * }
 * if (!ok) process.exitCode = 1;
 * ```
 *
 * @throws TroupeError `invalid-options`, `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other
 * `store-…` codes
 */
export function checkDatabase(app: App, file: string): DatabaseReport {
  if (app?.kind !== 'app') {
    throw new TroupeError('invalid-options', 'checkDatabase needs an app. Pass what defineApp returned.');
  }
  const sagas = [...app.sagas, ...app.modules.flatMap(module => module.sagas)];
  return { file, ...survey(sagas, readStates(file)) };
}
