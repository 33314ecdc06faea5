// Jobs: child processes that play parts of simulations, each told what to play next when it is done with the last part.
import { fork, type ChildProcess } from 'node:child_process';
import { TroupeError } from '../runtime/errors.ts';
import type { SimulationReport } from './tally.ts';

/** A part of one simulation: a range of its seeds, the runs that failed before, every crash, or one run asked for. */
export interface Part {
  readonly simulation: string;
  readonly what: 'seeds' | 'kept' | 'crashes' | 'asked';
  readonly first: number;
  readonly seeds: number;
}

/** Plays a part, and says how many runs are done meanwhile. */
export type Play = (part: Part, onRuns: (done: number) => void) => Promise<SimulationReport>;

/** One that plays parts, in this process or in another. */
export interface Job {
  readonly play: Play;
  /** Ends it, whatever it is at; resolves when it is gone. */
  end(): Promise<unknown>;
}

type Said = { readonly runs: number } | { readonly report: SimulationReport } | { readonly problem: string };

const MARK = 'TROUPE_SIMULATE_JOB';

/** Whether this process is a job of another. */
export function isJob(): boolean {
  return process.env[MARK] !== undefined && process.send !== undefined;
}

/** Plays what the parent process asks for, and ends with it. */
export function serveParent(play: Play): Promise<never> {
  const say = (said: Said): void => void process.send?.(said);
  process.on('message', (part: Part) => {
    play(part, runs => say({ runs })).then(
      report => say({ report }),
      (error: unknown) => say({ problem: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  return new Promise(() => {});
}

/** Starts this program again, to play parts of the same simulations. */
export function startJob(program: string): Job {
  const child = fork(program, [], { env: { ...process.env, [MARK]: '1' } });
  const gone = new Promise(resolve => child.once('exit', resolve));
  return {
    play: (part, onRuns) => ask(child, part, onRuns),
    end: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

function ask(child: ChildProcess, part: Part, onRuns: (done: number) => void): Promise<SimulationReport> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string): void => reject(new TroupeError('simulation-failed', problem));
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`A job ended while it played ${part.simulation} from seed ${part.first}: ${signal ?? `exit ${code}`}.`);
    const onSaid = (said: Said): void => {
      if ('runs' in said) onRuns(said.runs);
      else {
        child.off('message', onSaid).off('exit', onExit);
        if ('report' in said) resolve(said.report);
        else fail(said.problem);
      }
    };
    child.on('message', onSaid).once('exit', onExit);
    child.send(part);
  });
}
