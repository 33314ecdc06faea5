// Paths: where an actor sits in the tree of one saga, and which logic it runs.

/**
 * Where an actor sits in the tree: `''` is the machine itself, `/stock` a child, `/stock/reserve` its child. Ids are
 * escaped as in a JSON pointer (RFC 6901).
 */
export type Path = string;

export const ROOT: Path = '';

export function childPath(parent: Path, id: string): Path {
  return `${parent}/${escape(id)}`;
}

/** The ids on the way from the root. */
export function idsOf(path: Path): readonly string[] {
  return path === ROOT ? [] : path.slice(1).split('/').map(unescape);
}

/** Names in `setup({ actors })` from the root machine down, joined as one text. */
export function joinSources(names: readonly string[]): string {
  return names.map(escape).join('/');
}

export function splitSources(src: string): readonly string[] {
  return src.split('/').map(unescape);
}

const escape = (id: string): string =>
  id.includes('~') || id.includes('/') ? id.replaceAll('~', '~0').replaceAll('/', '~1') : id;

const unescape = (part: string): string =>
  part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part;
