// Mutants of claims: when one is taken, what it applies to, and when it ends.
import type { Mutant } from './mutant.ts';

export const claimsMutants: readonly Mutant[] = [
  {
    name: 'claims nothing for a saga that is behind',
    breaks: 'K25',
    file: 'runtime/turn/claims.ts',
    find: `    if (!wanted) continue;`,
    replace: `    if (!wanted || subscription.cursor !== null) continue;`,
    tests: ['runtime/turn/claims-life'],
  },
  {
    name: 'claims work of which its where wants nothing',
    breaks: 'K25',
    file: 'runtime/turn/claims.ts',
    find: `    if (handler.where && !handler.where(data)) return undefined;\n`,
    replace: '',
    tests: ['runtime/turn/claims'],
  },
  {
    name: 'leaves a living claim to a start that comes late',
    breaks: 'K25',
    file: 'runtime/turn/claims.ts',
    find: `    const ended = status === null || status === 'running' ? null : message.position;`,
    replace: `    const ended = null;`,
    tests: ['runtime/turn/claims-life'],
  },
  {
    name: 'asks a single actor for claims on the key that all share',
    breaks: 'K25',
    file: 'runtime/turn/drain.ts',
    find: `isClaimed(this, message, { subscription, key })`,
    replace: `isClaimed(this, message, { subscription, key: registration.behavior.single ? 'default' : key })`,
    tests: ['runtime/turn/claims'],
  },
  {
    name: 'takes its claims when everybody was asked',
    breaks: 'K25',
    file: 'runtime/turn/drain.ts',
    find: `    if (claimers) takeClaims(this, claimers, message);`,
    replace: `    if (claimers) this.afterCommit.push(() => takeClaims(this, claimers, message));`,
    tests: ['runtime/turn/claims'],
  },
  {
    name: 'ends a claim before the last messages of the saga',
    breaks: 'K25',
    file: 'runtime/turn/claims.ts',
    find: `claimerOf(instance.registration, instance.key), kernel.position`,
    replace: `claimerOf(instance.registration, instance.key), kernel.committed`,
    tests: ['runtime/turn/claims-life'],
  },
  {
    name: 'forgets the claims of a flow that has ended',
    breaks: 'K25',
    file: 'runtime/store/sqlite-claims.ts',
    find: `(ended is null or ended >= ?) order by`,
    replace: `(ended is null and ? > 0) order by`,
    tests: ['runtime/turn/claims-life'],
  },
  {
    name: 'keeps the claim of a start that was discarded',
    breaks: 'K25',
    file: 'runtime/turn/dead-letters.ts',
    find: `  if (instance && kernel.subscription(row.subscription)?.handler.claims) releaseClaims(drain, instance);\n`,
    replace: '',
    tests: ['runtime/turn/claims-life'],
  },
];
