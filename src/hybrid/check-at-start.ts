// Check at the start: in development an app with an error in its wiring does not run, and warnings are logged.
import { TroupeError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/platform/logger.ts';
import { check } from './check.ts';
import type { Definitions } from './definitions.ts';
import type { CheckOptions } from './finding.ts';
import { renderReport } from './render-report.ts';

const told = new WeakSet<Definitions>();

/**
 * Logs what is found, once per app, and refuses what is wrong for certain. A logger is only made where there is
 * something to log.
 *
 * @throws TroupeError `check-failed`, `invalid-options`
 */
export function checkAtStart(app: Definitions, options: CheckOptions | undefined, toLogger: () => Logger): void {
  const { findings } = check(app, options);
  if (findings.length === 0) return;
  const errors = findings.filter(({ level }) => level === 'error');
  const others = told.has(app) ? [] : findings.filter(({ level }) => level !== 'error');
  told.add(app);
  const logger = others.length > 0 ? toLogger() : undefined;
  for (const { level, code, problem, way, fixes } of others) {
    logger?.[level === 'hint' ? 'info' : 'warn']({ code, way: way.map(stepText), fixes }, problem);
  }
  if (errors.length === 0) return;
  throw new TroupeError(
    'check-failed',
    `The app has faults that check finds. Mend them, say why they are right with allow: [{ code, reason }] ` +
      `on the app or a part, or start it with check: false.\n\n${renderReport({ findings: errors, waived: [] })}`,
  );
}

const stepText = ({ at, does, what }: { readonly at: string; readonly does: string; readonly what: string }): string =>
  `${at} ${does} ${what}`;
