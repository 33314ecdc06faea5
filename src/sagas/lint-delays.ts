// Lint of delays: XState takes a transition at once when it does not know how long to wait (statelyai/xstate#5375).
import { optionsOf, type Chart } from './lint-chart.ts';
import type { Finding } from './lint-rules.ts';
import { asKey, orCorrect } from './lint-words.ts';

export function* checkDelays(chart: Chart): Iterable<Finding> {
  for (const [name, value] of chart.implementations('delays')) {
    if (typeof value !== 'function') yield* checkNumber(`${chart.name} -> delay ${name}`, value);
  }
  for (const { path, delay } of delaysOf(chart)) {
    if (typeof delay === 'number') yield* checkNumber(path, delay);
    if (typeof delay === 'string') yield* checkName(chart, path, delay);
  }
}

/** Armed timers of stored instances send an event with the number in its type. */
export function* hintDelays(chart: Chart): Iterable<Finding> {
  for (const node of chart.nodes) {
    for (const delay of keysOf(node.config.after).filter(isNumeric)) {
      yield {
        code: 'literal-delay',
        path: `${chart.place(node)} -> after ${delay}`,
        problem: `waits for the literal delay ${delay}`,
        fix: 'Name it in setup({ delays }), so that another number does not change the event of armed timers.',
      };
    }
  }
}

interface Wait {
  readonly path: string;
  readonly delay: unknown;
}

function* delaysOf(chart: Chart): Iterable<Wait> {
  for (const node of chart.nodes) {
    for (const delay of keysOf(node.config.after)) {
      yield { path: `${chart.place(node)} -> after ${delay}`, delay: isNumeric(delay) ? Number(delay) : delay };
    }
  }
  for (const { path, action } of chart.actions) {
    const { type, delay } = optionsOf(action);
    if (type === 'xstate.raise' || type === 'xstate.sendTo') yield { path, delay };
  }
}

function keysOf(after: unknown): readonly string[] {
  return Object.keys(after ?? {});
}

function isNumeric(delay: string): boolean {
  return !Number.isNaN(Number(delay));
}

function* checkNumber(path: string, delay: unknown): Iterable<Finding> {
  if (typeof delay === 'number' && Number.isFinite(delay) && delay >= 0) return;
  const shown = typeof delay === 'string' ? `'${delay}'` : String(delay);
  yield { code: 'delay-invalid', path, problem: `waits for ${shown}`, fix: 'Make the delay milliseconds, from 0.' };
}

function* checkName(chart: Chart, path: string, delay: string): Iterable<Finding> {
  const known = chart.implementations('delays');
  if (known.has(delay)) return;
  const fix = /^[\d.]+ *[a-z]+$/i.test(delay)
    ? 'XState reads no units: give the delay a name in setup({ delays }), in milliseconds.'
    : `Add delays: { ${asKey(delay)}: … } to setup, ${orCorrect(delay, known.keys())}.`;
  yield { code: 'delay-unknown', path, problem: `waits for the unknown delay '${delay}'`, fix };
}
