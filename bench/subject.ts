// The program of one measured process: takes what to do as JSON, prints what it measured as JSON.
import { measureBare, measureCommit } from './bare.ts';
import { crashWithPending, measureHeap, measureRecovery } from './footprint.ts';
import { measureTroupe } from './troupe.ts';
import type { Cell } from './workload.ts';

/** What a process can be asked to do, on the database `file`. */
export type Task = { readonly file: string } & (
  | { readonly do: 'cell'; readonly cell: Cell }
  | { readonly do: 'commit' | 'heap' | 'crash' | 'recover'; readonly count: number }
);

function run(task: Task): unknown {
  switch (task.do) {
    case 'cell':
      return task.cell.subject === 'troupe' ? measureTroupe(task.cell, task.file) : measureBare(task.cell, task.file);
    case 'commit':
      return measureCommit(task.file, task.count);
    case 'heap':
      return measureHeap(task.file, task.count);
    case 'crash':
      return crashWithPending(task.file, task.count);
    case 'recover':
      return measureRecovery(task.file, task.count);
  }
}

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as Task)));
