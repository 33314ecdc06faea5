// Starts measured processes, one at a time, each with a database of its own in the temporary folder of the system.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/entries.mjs';
import type { Task } from './subject.ts';

const MINUTES = 60_000;
const subject = fileURLToPath(new URL('subject.ts', import.meta.url));
const cold = fileURLToPath(new URL('cold.mjs', import.meta.url));

/** Calls `work` with a folder that is gone afterwards. */
function inFolder<T>(parent: string, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(parent, 'troupe-bench-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function node(args: readonly string[], what: string): string {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 10 * MINUTES,
  });
  if (status === 0 || signal === 'SIGKILL') return stdout;
  throw new Error(`bench: ${what} failed (${signal ?? `exit ${status}`})\n${stderr}`);
}

type TaskOf<T extends Task = Task> = T extends Task ? Omit<T, 'file'> : never;

/** Runs one task after the other in processes of their own on one fresh database; returns what the last one measured. */
export function measure<Result>(...tasks: readonly TaskOf[]): Result {
  return inFolder(tmpdir(), folder => {
    let output = '';
    for (const task of tasks) {
      const args = [
        '--expose-gc',
        ...process.execArgv,
        subject,
        JSON.stringify({ ...task, file: join(folder, 'bench.db') }),
      ];
      output = node(args, JSON.stringify(task));
    }
    return JSON.parse(output) as Result;
  });
}

/** When a process is ready and how much memory it has by then. */
export interface Start {
  readonly ms: number;
  readonly rssMiB: number;
}

/** Starts processes without and with the package as it is published, in turn. */
export function measureStarts(runs: number): { readonly bare: readonly Start[]; readonly open: readonly Start[] } {
  // In the repository, so that the built files find their dependencies.
  return inFolder(root, built => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    node(
      [
        tsc,
        '-p',
        join(root, 'tsconfig.build.json'),
        '--outDir',
        built,
        '--declaration',
        'false',
        '--isolatedDeclarations',
        'false',
      ],
      'tsc',
    );
    const start = (...args: readonly string[]): Start => JSON.parse(node([cold, ...args], 'cold start')) as Start;
    const bare: Start[] = [];
    const open: Start[] = [];
    for (let run = 0; run < runs; run++) {
      bare.push(start());
      open.push(inFolder(tmpdir(), folder => start(join(built, 'index.js'), join(folder, 'bench.db'))));
    }
    return { bare, open };
  });
}
