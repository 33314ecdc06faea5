// Double triggers: work that a saga commands and that an event of the same flow brings about, too.
import { sharedWork } from '../work.ts';
import type { Found, Rule } from './rule.ts';

export const doubleTriggers: Rule = function* ({ index }): Iterable<Found> {
  for (const saga of index.wiring.sagas) {
    for (const step of saga.steps.filter(({ kind }) => kind === 'command')) {
      const [owner] = index.takers(step.does);
      if (!owner) continue;
      for (const event of new Set([...step.after, ...saga.publishes])) {
        for (const handler of index.takers(event)) {
          if (handler.part !== owner.part) continue;
          const shared = sharedWork(index, owner, handler);
          if (!shared || (handler.yields && saga.claims.includes(step.does))) continue;
          yield {
            code: 'TR101',
            problem:
              `${saga.name} commands ${owner.part} with ${step.does}, and ${owner.part} also reacts to ${event}: ` +
              `both do ${shared.names.join(', ')}.`,
            way: [],
            parts: [saga.name, owner.part],
            about: [step.does, event, ...shared.names],
            isPossible: !shared.isCertain,
          };
        }
      }
    }
  }
};
