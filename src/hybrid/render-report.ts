// renderReport: what `check` has found, as text for terminals and test output.
import { TroupeError } from '../runtime/errors.ts';
import { CHECK_RULES, type Level } from './codes.ts';
import type { CheckFinding, CheckReport, WaivedFinding } from './finding.ts';

const NAMES: ReadonlyMap<string, string> = new Map(CHECK_RULES.map(({ code, name }) => [code, name]));
const LEVELS: readonly Level[] = ['error', 'warning', 'hint'];

/**
 * Renders a report of `check`: each finding with its way through the app, why it matters and how to mend it.
 *
 * @example
 * ```ts
 * console.log(renderReport(check(app)));
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function renderReport(report: Pick<CheckReport, 'findings' | 'waived'>): string {
  assertReport(report);
  const { findings, waived } = report;
  const blocks = [...findings.map(renderFinding), ...waived.map(renderWaived)];
  return [...blocks, summary(findings, waived)].join('\n\n');
}

function assertReport(report: unknown): void {
  const { findings, waived }: Readonly<Record<string, unknown>> = { ...(report as object) };
  if (Array.isArray(findings) && Array.isArray(waived)) return;
  throw new TroupeError('invalid-options', 'renderReport needs a report. Pass what check returned.');
}

function renderFinding({ code, level, problem, way, why, fixes }: CheckFinding): string {
  return [
    `${code} ${NAMES.get(code) ?? ''} ${level}`,
    `  ${problem}`,
    ...way.map(({ at, does, what }) => `    ${at} ${does} ${what}`),
    `  why: ${why}`,
    '  fixes, one of them:',
    ...fixes.map(fix => `    - ${fix}`),
  ].join('\n');
}

function renderWaived({ code, problem, by, waiver }: WaivedFinding): string {
  return [`${code} ${NAMES.get(code) ?? ''} waived by ${by}`, `  ${problem}`, `  reason: ${waiver.reason}`].join('\n');
}

function summary(findings: readonly CheckFinding[], waived: readonly WaivedFinding[]): string {
  const counts = LEVELS.flatMap(level => {
    const count = findings.filter(finding => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? '' : 's'}`];
  });
  const found = counts.length === 0 ? 'nothing found' : counts.join(', ');
  return waived.length === 0 ? found : `${found}, ${waived.length} waived`;
}
