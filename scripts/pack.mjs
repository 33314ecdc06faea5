// Packs the built package into a folder, as a publish would, and names the tarball.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';

/** @typedef {{ path: string, files: string[], size: number }} Tarball */

/**
 * Packs what `dist` holds now; build first.
 * @param {string} folder
 * @returns {Tarball}
 */
export function pack(folder) {
  mkdirSync(folder, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const [packed] = Object.values(JSON.parse(stdout));
  const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
  return { path: join(folder, packed.filename), files, size: packed.size };
}
