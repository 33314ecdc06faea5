// Mutants of process monitors and of the view of conversations.
import type { Mutant } from './mutant.ts';

export const monitorMutants: readonly Mutant[] = [
  {
    name: 'counts from the last of two starts',
    breaks: 'P7',
    file: 'hybrid/monitor-behavior.ts',
    find: `  if (turn.status === 'running' || turn.status === 'overdue') {`,
    replace: `  if (turn.status === 'overdue') {`,
    tests: ['hybrid/monitor'],
  },
  {
    name: 'is overdue though the outcome waits behind the timer',
    breaks: 'K13',
    file: 'hybrid/monitor-behavior.ts',
    find: `  const isLate = !again && turn.now() - turn.envelope.time > LATE_MS;`,
    replace: `  const isLate = !again && turn.now() < turn.envelope.time;`,
    tests: ['hybrid/monitor'],
  },
  {
    name: 'leaves the next start of a monitor in the conversation of the first',
    breaks: 'K19',
    file: 'runtime/turn/apply.ts',
    find: `  if (decision.restarted) restart(drain, instance);\n`,
    replace: '',
    tests: ['hybrid/monitor'],
  },
  {
    name: 'forgets the conversation of an overdue monitor with the log',
    breaks: 'K15',
    file: 'runtime/store/prune.ts',
    find: `s.status in ('running', 'overdue')`,
    replace: `s.status = 'running'`,
    tests: ['hybrid/monitor-retention'],
  },
  {
    name: 'refuses to start where a monitor has left the app',
    breaks: 'K16',
    file: 'runtime/turn/boot.ts',
    find: `    store.states.removeAll(\`\${name}/\`);\n`,
    replace: '',
    tests: ['hybrid/monitor'],
  },
  {
    name: 'calls a conversation running while only a monitor waits',
    breaks: 'P7',
    file: 'runtime/store/sqlite-conversations.ts',
    find: `    union all select iif(\${isMonitor('name')}, null, message ->> 'correlation'), 'timer' from troupe_timers`,
    replace: `    union all select message ->> 'correlation', 'timer' from troupe_timers`,
    tests: ['runtime/trace/conversations'],
  },
];
