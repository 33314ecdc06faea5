// Removes what the build writes, so that a deleted source file cannot survive in the package.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
