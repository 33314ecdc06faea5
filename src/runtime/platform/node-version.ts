// Refuses a Node.js that is too old for better-sqlite3, before better-sqlite3 is loaded and crashes on it.
import { TroupeError } from '../errors.ts';

// better-sqlite3 13 is built for Node-API 10, which came with these; below them `new Database()` ends the process.
const oldestOf22 = '22.14.0';
const oldestOf23 = '23.6.0';

/**
 * Throws when the running Node.js is too old for this library.
 *
 * @throws TroupeError `node-too-old`, naming the version found and the version needed.
 */
export function assertNodeVersion(version: string = process.versions.node): void {
  const needed = version.startsWith('23.') ? oldestOf23 : oldestOf22;
  if (isAtLeast(version, needed)) return;
  throw new TroupeError(
    'node-too-old',
    `Troupe needs Node.js ${needed} or newer and this is ${version}. Install a newer Node.js (https://nodejs.org).`,
  );
}

function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = minimum.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}
