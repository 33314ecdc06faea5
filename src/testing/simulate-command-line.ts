// The command line of simulateCommand.
import { parseArgs } from 'node:util';
import { TroupeError } from '../runtime/errors.ts';

/** What was typed. */
export interface CommandLine {
  readonly seeds: number | undefined;
  readonly seconds: number | undefined;
  readonly seed: number | undefined;
  readonly jobs: number | undefined;
  readonly only: string | undefined;
  readonly explore: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  seeds: text,
  seconds: text,
  seed: text,
  jobs: text,
  only: text,
  explore: flag,
  json: flag,
  help: flag,
} as const;

/**
 * Reads it.
 *
 * @throws TroupeError `invalid-options`
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { seeds, seconds, seed, jobs, ...others } = parse(argv);
  return {
    seeds: readNumber('seeds', seeds, { min: 1, whole: true }),
    seconds: readNumber('seconds', seconds, { min: Number.MIN_VALUE, whole: false }),
    seed: readNumber('seed', seed, { min: -Infinity, whole: true }),
    jobs: readNumber('jobs', jobs, { min: 1, whole: true }),
    only: others.only,
    explore: others.explore,
    json: others.json,
    help: others.help,
  };
}

function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new TroupeError('invalid-options', `${problem}. Use --help to see all options.`);
  }
}

function readNumber(
  name: string,
  value: string | undefined,
  { min, whole }: { readonly min: number; readonly whole: boolean },
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value !== '' && number >= min && (whole ? Number.isSafeInteger(number) : Number.isFinite(number))) return number;
  const wanted = `a ${whole ? 'whole ' : ''}number${min > 0 ? ` ${whole ? 'from 1' : 'above 0'}` : ''}`;
  throw new TroupeError('invalid-options', `--${name} is '${value}'. Use ${wanted}.`);
}

/** What can be typed. */
export function usage(names: readonly string[]): string {
  return `Plays simulations: ${names.join(', ')}.

  --seeds N       so many runs in all, shared out evenly (default 1000)
  --seconds S     as many as fit into this time
  --seed FIRST    the first seed of each simulation (default 1)
  --only NAME     one simulation
  --explore       a crash at every commit instead of drawn faults
  --jobs N        child processes (default: the cores, at most 4); 1: none
  --json          the figures as JSON

TROUPE_SEED='name@17' plays one run again.
`;
}
