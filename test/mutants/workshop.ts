// Workshop: a copy of the checkout in which one file at a time is broken, so that the checkout itself is never touched.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plant, type Mutant } from './mutant.ts';

const COPIED = [
  'src',
  'test',
  'examples',
  'bench',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'vitest.config.ts',
];

/** Where all copies of this run are; git ignores it. */
export function workshopFolder(checkout: string): string {
  const folder = join(checkout, '.tmp');
  mkdirSync(folder, { recursive: true });
  return mkdtempSync(join(folder, 'mutants-'));
}

export class Workshop {
  readonly root: string;

  constructor(checkout: string, root: string) {
    this.root = root;
    for (const name of COPIED) cpSync(join(checkout, name), join(root, name), { recursive: true });
    symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'), 'junction');
  }

  /** Breaks the file of the mutant until `work` is over. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const file = join(this.root, 'src', mutant.file);
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, plant(mutant, sound));
    try {
      return await work();
    } finally {
      writeFileSync(file, sound);
    }
  }
}

/** Removes the copies; the modules are a link, which is not followed. */
export function removeWorkshops(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
