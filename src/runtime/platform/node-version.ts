// Refuses a Node.js that is too old for better-sqlite3, before better-sqlite3 is loaded and crashes on it.
import { TroupeError } from '../errors.ts';

/** The oldest Node.js this library runs on; `engines` in package.json says the same. */
const needed = '22.12.0';

/**
 * Throws when the running Node.js is too old for this library.
 *
 * @throws TroupeError `node-too-old`, naming the version found and the version needed.
 */
export function assertNodeVersion(version: string = process.versions.node): void {
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
