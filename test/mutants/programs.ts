// Programs: starts other processes with a time limit, and ends them with everything they have started.
import { spawn, type ChildProcess } from 'node:child_process';

export interface Ended {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** The end of what it wrote. */
  readonly output: string;
  readonly seconds: number;
}

export interface Limits {
  readonly cwd: string;
  readonly limitMs: number;
}

const KEPT_CHARS = 20_000;
const running = new Set<ChildProcess>();

/** Runs a program of Node to its end, or to its limit. */
export function runNode(args: readonly string[], { cwd, limitMs }: Limits): Promise<Ended> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    // In a group of its own: what the test runner has started ends with it.
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let timedOut = false;
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-KEPT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const alarm = setTimeout(() => {
      timedOut = true;
      end(child);
    }, limitMs);
    const over = (): void => {
      clearTimeout(alarm);
      running.delete(child);
    };
    child.on('error', error => {
      over();
      reject(error);
    });
    child.on('close', code => {
      over();
      resolve({ code, timedOut, output, seconds: (performance.now() - start) / 1_000 });
    });
  });
}

/** Ends all that run. */
export function endPrograms(): void {
  for (const child of running) end(child);
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
