// Mutants of the effect ledger: who is first, who comes second, when a key is free again.
import type { Mutant } from './mutant.ts';

export const effectMutants: readonly Mutant[] = [
  {
    name: 'takes a replay for a second occurrence',
    breaks: 'K26',
    file: 'runtime/turn/effects.ts',
    find: `if (first.message === position && first.subscription === subscription.id) return true;`,
    replace: `if (first.message === position && first.subscription !== subscription.id) return true;`,
    tests: ['runtime/turn/effects'],
  },
  {
    name: 'takes the free effects of a handler that does not run',
    breaks: 'K26',
    file: 'runtime/turn/turn-effects.ts',
    find: `  const error = alreadyDone(drain, barred);\n`,
    replace: `  const error = alreadyDone(drain, barred);
  keep(occasion, occurrences.filter(({ first }) => !first), 'done');\n`,
    tests: ['runtime/turn/effects'],
  },
  {
    name: 'keeps the key of a task that failed for good',
    breaks: 'K26',
    file: 'runtime/turn/task-end.ts',
    find: `  finish(drain, task, 'failed');
  if (isCaught)`,
    replace: `  finish(drain, task, 'done');
  if (isCaught)`,
    tests: ['runtime/turn/effects-tasks'],
    simulator: true,
  },
  {
    name: 'starts the task of a second occurrence',
    breaks: 'K26',
    file: 'runtime/turn/task-start.ts',
    find: `    if (barred) {`,
    replace: `    if (barred && barred.first.state === 'done') {`,
    tests: ['runtime/turn/effects-tasks'],
    simulator: true,
  },
  {
    name: 'writes an effect before its turn has succeeded',
    breaks: 'K26',
    file: 'runtime/turn/turn-effects.ts',
    find: `    on.effects = occurrences;
    return undefined;`,
    replace: `    on.effects = occurrences;
    if (!subscription.handler.task) keepEffects(on, occurrences, 'done');
    return undefined;`,
    tests: ['runtime/turn/effects'],
  },
  {
    name: 'leaves the asker of a blocked command waiting',
    breaks: 'K26',
    file: 'runtime/turn/turn-effects.ts',
    find: `    settle(drain, message, answerTo(occasion, barred, error));\n`,
    replace: '',
    tests: ['runtime/turn/effects'],
    simulator: true,
  },
  {
    name: 'does not keep the reply for those who ask for the same effect',
    breaks: 'K26',
    file: 'runtime/turn/settle.ts',
    find: `  kernel.store.effects.reply(position, owner.id, toJsonText(value, 'reply'));`,
    replace: `  void toJsonText(value, 'reply');`,
    tests: ['runtime/turn/effects'],
  },
  {
    name: 'removes an effect whose message is in the log',
    breaks: 'K26',
    file: 'runtime/store/prune.ts',
    find: `row.old === 1 && row.gone === 1`,
    replace: `row.old === 1`,
    tests: ['runtime/effects'],
  },
];
