// Mutants of check: what its rules about doubled work overlook or make up, and what the start of a runtime lets by.
import type { Mutant } from './mutant.ts';

export const checkMutants: readonly Mutant[] = [
  {
    name: 'takes any work of the actor for the same',
    breaks: 'TR101',
    file: 'hybrid/work.ts',
    find: `.filter(name => works[1].has(name)).toSorted()`,
    replace: `.toSorted()`,
    tests: ['hybrid/check-double-trigger'],
  },
  {
    name: 'does not ask whether one run has both the event and the command',
    breaks: 'TR101',
    file: 'hybrid/duties.ts',
    find: `if (places.length > 0 && shared.length === 0) continue;`,
    replace: '',
    tests: ['hybrid/check-double-trigger'],
  },
  {
    name: 'stops at the first reaction of a chain',
    breaks: 'TR102',
    file: 'hybrid/reach.ts',
    find: `limits.isLast?.(one.handler) === true`,
    replace: `limits.isLast !== undefined`,
    tests: ['hybrid/check-double-trigger'],
  },
  {
    name: 'takes the result of a later step for a cause',
    breaks: 'TR102',
    file: 'hybrid/saga-sites.ts',
    find: `compare(one, other, (a, b) => areCompatible(a.node, b.node) || a.later.has(b.node));`,
    replace: `canShareRun(one, other);`,
    tests: ['hybrid/check-double-trigger'],
  },
  {
    name: 'lets a claim alone stop a handler',
    breaks: 'TR101',
    file: 'hybrid/rules/double-trigger.ts',
    find: `yieldedBy(handler).some(command => claims.has(command))`,
    replace: `claims.size > 0`,
    tests: ['hybrid/check-double-trigger'],
  },
  {
    name: 'takes two outcomes of one handler for one effect done twice',
    breaks: 'TR107',
    file: 'hybrid/rules/reactions.ts',
    find: `return first !== second && !(`,
    replace: `return !(`,
    tests: ['hybrid/check-reactions'],
  },
  {
    name: 'reads comments and texts as code',
    breaks: 'TR101',
    file: 'hybrid/handler-text.ts',
    find: `codeOf(Function.prototype.toString.call(run))`,
    replace: `Function.prototype.toString.call(run)`,
    tests: ['hybrid/handler-text'],
  },
  {
    name: 'starts an app in which check finds an error',
    breaks: 'TR101',
    file: 'hybrid/check-at-start.ts',
    find: `  if (errors.length === 0) return;\n`,
    replace: `  if (errors.length >= 0) return;\n`,
    tests: ['hybrid/check'],
  },
];
