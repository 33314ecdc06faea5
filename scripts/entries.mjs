// Lists the published entries of package.json with their source and built files, so that no tool keeps its own list.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, source: string, built: string, types: string }} Entry */

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The entries whose source exists.
 * @returns {Entry[]}
 */
export function entries() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath, target]) => ({
      name: name + subpath.slice(1),
      source: join(root, target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
      built: join(root, target.default),
      types: join(root, target.types),
    }))
    .filter(entry => existsSync(entry.source));
}
