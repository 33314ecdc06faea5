// Refuses the documents for which XState, or a session that is stored as JSON, has no word.
import type { Element } from './xml.ts';

interface Refusal {
  readonly reason: string;
  applies(element: Element): boolean;
}

const values = new Set(['assign', 'content', 'data']);

const refusals: readonly Refusal[] = [
  { reason: 'XML as a value', applies: ({ name, children }) => name !== 'invoke' && children.some(isXmlValue) },
  { reason: '<finalize>', applies: ({ name }) => name === 'finalize' },
  { reason: '<invoke autoforward>', applies: ({ attributes }) => attributes['autoforward'] === 'true' },
  {
    reason: 'an invocation that is computed',
    applies: ({ name, attributes, children }) =>
      name === 'invoke' &&
      ('srcexpr' in attributes || 'typeexpr' in attributes || children.some(child => isComputed(child))),
  },
  {
    reason: 'content in the default transition of a history state',
    applies: ({ name, children }) => name === 'history' && children.some(transition => transition.children.length > 0),
  },
];

/** Throws with the first reason that applies. */
export function refuseUnsupported(element: Element): void {
  const refusal = refusals.find(one => one.applies(element));
  if (refusal !== undefined) throw new Error(`No machine is made for ${refusal.reason}.`);
  for (const child of element.children) refuseUnsupported(child);
}

function isXmlValue({ name, children }: Element): boolean {
  return values.has(name) && children.length > 0;
}

function isComputed({ name, attributes }: Element): boolean {
  return name === 'content' && 'expr' in attributes;
}
