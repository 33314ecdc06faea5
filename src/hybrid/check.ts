// check: reads the wiring of an app for what would go wrong where orchestration and choreography meet.
import { TroupeError } from '../runtime/errors.ts';
import { CHECK_RULES, type CheckCode, type CheckRule, type Level } from './codes.ts';
import { assertApp, type Definitions } from './definitions.ts';
import type { CheckFinding, CheckOptions, CheckReport, WaivedFinding } from './finding.ts';
import { RULES } from './rules/index.ts';
import type { Found } from './rules/rule.ts';
import { Waivers } from './waive.ts';
import { WiringIndex, wiringOf } from './wire.ts';

const OPTIONS = ['levels', 'hints'];
const LEVELS: ReadonlySet<unknown> = new Set(['error', 'warning', 'hint', 'off']);
/** In the order of the report. */
const WEIGHTS: readonly Level[] = ['error', 'warning', 'hint'];

const rules: ReadonlyMap<string, CheckRule> = new Map(CHECK_RULES.map(rule => [rule.code, rule]));
const known = new WeakMap<Definitions, readonly Found[]>();

/**
 * Looks for work that would be done twice, waits without an end and other faults of an app, in its definitions alone.
 *
 * @example
 * ```ts
 * const { passed, findings } = check(app);
 * for (const { code, problem } of findings) console.log(code, problem);
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function check(app: Definitions, options: CheckOptions = {}): CheckReport {
  assertApp('check', app);
  assertCheckOptions(options);
  const { levels = {}, hints = false } = options;
  const waivers = new Waivers(app);
  const findings: CheckFinding[] = [];
  const waived: WaivedFinding[] = [];
  const keep = (found: Found): void => {
    const finding = toFinding(found, levels);
    const allowed = finding && waivers.waive(finding);
    if (!finding || (finding.level === 'hint' && !hints)) return;
    if (allowed) waived.push(allowed);
    else findings.push(finding);
  };
  for (const found of foundIn(app)) keep(found);
  for (const found of waivers.unused(code => levels[code as CheckCode] === 'off')) keep(found);
  return {
    passed: findings.every(({ level }) => level === 'hint'),
    findings: findings.toSorted(inOrder),
    waived: waived.toSorted(inOrder),
  };
}

/** What the rules find does not depend on the options; definitions do not change. */
function foundIn(definitions: Definitions): readonly Found[] {
  const before = known.get(definitions);
  if (before) return before;
  const index = new WiringIndex(wiringOf(definitions));
  const found = RULES.flatMap(rule => [...rule({ definitions, index })]);
  known.set(definitions, found);
  return found;
}

/** Undefined where the rule is left out. */
function toFinding(found: Found, levels: NonNullable<CheckOptions['levels']>): CheckFinding | undefined {
  const { code, problem, way, parts, about, isPossible = false } = found;
  const rule = rules.get(code);
  const level = levels[code] ?? rule?.level;
  if (!rule || level === undefined || level === 'off') return undefined;
  const { why, fixes } = rule;
  return { code, level: isPossible && level === 'error' ? 'warning' : level, problem, why, way, fixes, parts, about };
}

function inOrder(one: CheckFinding, other: CheckFinding): number {
  const weight = WEIGHTS.indexOf(one.level) - WEIGHTS.indexOf(other.level);
  return weight === 0 ? compare(textOf(one), textOf(other)) : weight;
}

const textOf = ({ code, parts, about, problem }: CheckFinding): string => [code, ...parts, ...about, problem].join(' ');

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/**
 * Refuses options that `check` does not know.
 *
 * @throws TroupeError `invalid-options`
 */
export function assertCheckOptions(options: unknown = {}): void {
  if (typeof options !== 'object' || options === null) throw refuse('check needs options', 'Write { hints: true }.');
  const { levels = {}, hints = false, ...others }: Readonly<Record<string, unknown>> = { ...options };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refuse(`check has no option '${unknown}'`, `Use ${OPTIONS.join(', ')}.`);
  if (typeof hints !== 'boolean') throw refuse(`hints is ${String(hints)}`, 'Use true or false.');
  if (typeof levels !== 'object' || levels === null) {
    throw refuse('levels is no object', "Write levels: { TR110: 'error' }.");
  }
  for (const [code, level] of Object.entries(levels)) {
    if (!rules.has(code)) throw refuse(`levels has no code '${code}'`, 'Use the codes of docs/hybrid.md.');
    if (level !== undefined && !LEVELS.has(level)) {
      throw refuse(`levels.${code} is '${String(level)}'`, "Use 'error', 'warning', 'hint' or 'off'.");
    }
  }
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}
