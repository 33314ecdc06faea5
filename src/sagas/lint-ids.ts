// Lint of ids: those by which XState does not find a state again when it restores history.
import type { AnyStateNode } from 'xstate';
import { lineOf, type Chart } from './lint-chart.ts';
import type { Finding } from './lint-rules.ts';

export function* checkIds(chart: Chart): Iterable<Finding> {
  const { machine, nodes } = chart;
  if (isDotted(machine.id)) yield dotted(chart.name, `has a dot in the id of its machine, '${machine.id}'`);
  for (const node of nodes) {
    const path = chart.place(node);
    const { id } = node.config as { readonly id?: string };
    if (node.parent && isDotted(node.key)) yield dotted(path, `has a dot in its key '${node.key}'`);
    if (node.parent && isDotted(id)) yield dotted(path, `has a dot in its id '${id}'`);
    // Ids below a dotted key or machine id are dotted too; one finding says it.
    if (isDotted(id) || lineOf(node).some(({ key }) => isDotted(key))) continue;
    if (isFound(node)) continue;
    yield {
      code: 'id-ambiguous',
      path,
      problem: `has the id '${node.id}', by which XState finds another state or none`,
      fix: 'Give every state a key and an id of its own, without # and \\.',
    };
  }
  yield* sharedIds(chart);
}

function isDotted(id: string | undefined): boolean {
  return id?.includes('.') === true;
}

function dotted(path: string, problem: string): Finding {
  return { code: 'id-dotted', path, problem, fix: 'XState would lose stored history: use a dash.' };
}

function isFound(node: AnyStateNode): boolean {
  try {
    return (node.machine.getStateNodeById(node.id) as unknown) === node;
  } catch {
    return false;
  }
}

function* sharedIds({ starts }: Chart): Iterable<Finding> {
  for (const [index, { node, id, path }] of starts.entries()) {
    const isSecond = starts.findIndex(other => node !== undefined && other.node === node && other.id === id) < index;
    if (node === undefined || !isSecond) continue;
    const fix = 'The second would replace the first: give each an id of its own.';
    yield { code: 'child-id-shared', path, problem: `is the second actor of its state with the id '${id}'`, fix };
  }
}
