// The error of a simulation: which seed, which faults, which invariant, and the line that shows it again.
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TroupeError } from '../runtime/errors.ts';
import { formatFault } from './faults.ts';
import { formatRerun } from './seeds-file.ts';
import type { RunResult } from './run-options.ts';

/** A run of a simulation has broken an invariant. */
export class SimulationFailedError extends TroupeError {
  override readonly name: string = 'SimulationFailedError';
  readonly seed: number;
  /** Those that are needed, `crash-after-commit#17`. */
  readonly faults: readonly string[];
  readonly invariant: string;
  /** What to run to see it again. */
  readonly rerun: string;

  constructor(name: string, { seed, faults, problem, timeline }: RunResult, drawn: number) {
    const list = faults.map(fault => formatFault(fault));
    const run = `${name}@${formatRerun({ seed, faults })}`.replaceAll("'", String.raw`'\''`);
    const rerun = `TROUPE_SEED='${run}' ${commandLine()}`;
    const count = list.length === drawn ? drawn : `${list.length} of ${drawn}`;
    const needed = list.length === 0 ? 'none is needed: the interleaving does it' : list.join(', ');
    super(
      'simulation-failed',
      `${name} fails at seed ${seed}: ${problem?.invariant ?? ''}: ${problem?.problem ?? ''}\n` +
        `faults (${count}): ${needed}\nrun it again: ${rerun}\n\n${timeline}`,
    );
    // Where it was thrown says nothing; a program that does not catch it shows what the message says.
    this.stack = `${this.name}: ${this.message}`;
    this.seed = seed;
    this.faults = list;
    this.invariant = problem?.invariant ?? '';
    this.rerun = rerun;
  }
}

/** What started this process, as it may be typed again. */
function commandLine(): string {
  if (process.env['VITEST'] !== undefined) return 'npx vitest run';
  const { npm_lifecycle_event: script } = process.env;
  if (script !== undefined && script !== 'npx') return `npm run ${script}`;
  return ['node', ...process.execArgv, ...process.argv.slice(1)].map(part => fromHere(part)).join(' ');
}

/** A path or a file URL below the current directory, as one would type it there. */
function fromHere(part: string): string {
  const isUrl = part.startsWith('file:');
  const path = isUrl ? fileURLToPath(part) : part;
  if (!isAbsolute(path)) return part;
  const short = relative(process.cwd(), path);
  if (short.startsWith('..')) return part;
  // After `--import` a bare name would be a package.
  return isUrl ? `./${short.replaceAll('\\', '/')}` : short;
}
