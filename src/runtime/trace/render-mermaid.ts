// Renders a trace as a Mermaid sequenceDiagram, for pages that draw it.
import { toSequence, type Arrow } from './sequence-steps.ts';
import type { Trace } from './trace.ts';

const MOST_STEPS = 400;
const ARROWS: Readonly<Record<Arrow['kind'], string>> = { command: '->>', event: '--)', reply: '-->>' };

export function renderMermaid(trace: Trace): string {
  const { lifelines, steps } = toSequence(trace);
  const ids = new Map(lifelines.map((name, index) => [name, `p${index}`]));
  const idOf = (name: string): string => ids.get(name) ?? 'p0';
  const lines = lifelines.map(name => `participant ${idOf(name)} as ${escape(name)}`);
  for (const step of steps.slice(0, MOST_STEPS)) {
    const text = escape(step.text);
    if (step.kind === 'note') lines.push(`Note over ${idOf(step.at)}: ${text}`);
    else lines.push(`${idOf(step.from)}${ARROWS[step.kind]}${idOf(step.to)}: ${text}`);
  }
  if (steps.length > MOST_STEPS) lines.push(`Note over p0: ${steps.length - MOST_STEPS} more steps`);
  return ['sequenceDiagram', ...lines.map(line => `  ${line}`)].join('\n');
}

/** `;` ends a statement and `#` begins an entity; markup would be drawn as such. */
function escape(text: string): string {
  return text.replaceAll(/[#;<>&%]/g, char => `#${char.codePointAt(0)};`).replaceAll(/\s+/g, ' ');
}
