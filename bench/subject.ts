// The program of one measured process: takes what to do as JSON, prints what it measured as JSON.
import type { Cell } from './workload.ts';

/** What a process can be asked to do, on the database `file`. */
export type Task = { readonly file: string } & (
  | { readonly do: 'cell'; readonly cell: Cell }
  | {
      readonly do: 'commit' | 'heap' | 'crash' | 'recover' | 'crash-sagas' | 'recover-sagas' | 'waiting';
      readonly count: number;
    }
);

/** Loads nothing but what it measures. */
async function run(task: Task): Promise<unknown> {
  const { file } = task;
  switch (task.do) {
    case 'cell':
      return task.cell.subject === 'troupe'
        ? (await import('./troupe.ts')).measureTroupe(task.cell, file)
        : (await import('./bare.ts')).measureBare(task.cell, file);
    case 'commit':
      return (await import('./bare.ts')).measureCommit(file, task.count);
    case 'heap':
      return (await import('./footprint.ts')).measureHeap(file, task.count);
    case 'crash':
      return (await import('./footprint.ts')).crashWithPending(file, task.count);
    case 'recover':
      return (await import('./footprint.ts')).measureRecovery(file, task.count);
    case 'crash-sagas':
      return (await import('./sagas.ts')).crashWithSagas(file, task.count);
    case 'recover-sagas':
      return (await import('./sagas.ts')).measureSagaRecovery(file, task.count);
    case 'waiting':
      return (await import('./sagas.ts')).measureWaiting(file, task.count);
  }
}

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as Task)));
