// renderImpact: what a change touches as text for a terminal.
import { OUTSIDE } from './edges.ts';
import type { Impact, Touched, TouchedInstances } from './impact.ts';

/** The impact as text for a terminal. */
export function renderImpact(of: Impact): string {
  const { part, change, touched, unused, instances } = of;
  const must = touched.filter(({ how }) => how === 'must-change');
  const other = touched.filter(({ how }) => how === 'other-input');
  const first = `${WORDS[change]} ${part}. Must change: ${must.length}. Hear other events: ${other.length}.`;
  return [
    first,
    ...must.map(one => `  ${nameOf(one)} must change: it uses ${one.by.join(', ')}`),
    ...other.flatMap(one => inputOf(one, of).map(text => `  ${nameOf(one)} ${text}`)),
    ...unused.map(type => `  nobody uses ${type} yet`),
    ...instances.map(lineOf),
  ].join('\n');
}

/** What it no longer gets, and what it gets now; an event without its publisher is one from outside in the graph. */
function inputOf({ part, kind, by }: Touched, { removedEdges, addedEdges }: Impact): readonly string[] {
  if (kind === 'monitor') return [`watches ${by.join(' and ')}, whose publishers change`];
  const lost = removedEdges.filter(({ to }) => to === part);
  const types = new Set(lost.map(({ type }) => type));
  const won = addedEdges.filter(({ to, from, type }) => to === part && !(from === OUTSIDE && types.has(type)));
  return [
    ...lost.map(({ type, from }) => `no longer gets ${type} from ${from}`),
    ...won.map(({ type, from }) => `gets ${type} from ${from}`),
  ];
}

const nameOf = ({ kind, part }: Touched): string => (kind === 'actor' || kind === 'saga' ? `${kind} ${part}` : part);

const WORDS = { add: 'Adding', remove: 'Removing', replace: 'Replacing' } as const;

function lineOf({ name, status, instances, waiting, as }: TouchedInstances): string {
  const which = `  instances of ${name}${status === null ? '' : `, ${status}`}: ${instances}`;
  return as === 'own'
    ? `${which}; messages, tasks and timers that wait for it: ${waiting}`
    : `${which}; may still send it a command, or its undo`;
}
