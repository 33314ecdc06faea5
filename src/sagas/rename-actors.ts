// Renaming actors of a stored instance, together with all that names them by their paths.
import { TroupeError } from '../runtime/errors.ts';
import { childPath, idsOf, ROOT, type Path } from './path.ts';
import { changeAt, isBelow, type StoredMachine, type StoredTree } from './stored-machine.ts';

/** Renames actors of the machines at a path. */
export function renameActors(stored: StoredMachine, path: Path, rename: (id: string) => string): StoredMachine {
  const depth = idsOf(path).length;
  const move = (actor: Path): Path => {
    if (!isBelow(actor, path)) return actor;
    return idsOf(actor)
      .map((id, at) => (at === depth ? rename(id) : id))
      .reduce(childPath, ROOT);
  };
  const changed = changeAt(stored, path, tree => ({ ...tree, children: renameKeys(tree, rename) }));
  return {
    ...changed,
    armed: changed.armed.map(timer => ({ ...timer, source: move(timer.source), target: move(timer.target) })),
    calls: changed.calls.map(call => ({ ...call, path: move(call.path) })),
    wants: changed.wants.map(wanted => ({ ...wanted, in: move(wanted.in) })),
  };
}

function renameKeys({ children }: StoredTree, rename: (id: string) => string): StoredTree['children'] {
  const renamed: Record<string, StoredTree['children'][string]> = {};
  for (const [id, child] of Object.entries(children)) {
    const to = rename(id);
    if (to in renamed || (to !== id && to in children)) {
      throw new TroupeError(
        'saga-held',
        `A migration renames the actor '${id}' to '${to}', and the instance has one of that id. Rename that one first.`,
      );
    }
    renamed[to] = child;
  }
  return renamed;
}
