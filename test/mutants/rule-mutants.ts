// Mutants of the rules of check and of modules: what is silent, what is found, and what is refused.
import type { Mutant } from './mutant.ts';

export const ruleMutants: readonly Mutant[] = [
  {
    name: 'lets other modules use what is private',
    breaks: 'TR170',
    file: 'hybrid/boundaries.ts',
    find: `if (owner?.module === undefined || owner.module === user.module) return [];`,
    replace: `if (owner?.module === undefined || user.module !== undefined) return [];`,
    tests: ['hybrid/modules'],
  },
  {
    name: 'wants an undo for the last step',
    breaks: 'TR122',
    file: 'hybrid/onward.ts',
    find: `    if (isOver(spot)) return;\n`,
    replace: '',
    tests: ['hybrid/rules-undo'],
  },
  {
    name: 'wants an undo where the reply has decided',
    breaks: 'TR122',
    file: 'hybrid/rules/undo.ts',
    find: `undoing.length > 0 && mayEndWell`,
    replace: `undoing.length > 0 || !mayEndWell`,
    tests: ['hybrid/rules-undo'],
  },
  {
    name: 'takes the timer of a region for one of another',
    breaks: 'TR120',
    file: 'hybrid/rules/sagas.ts',
    find: `isOther(transition) && leaves(transition)`,
    replace: `isOther(transition)`,
    tests: ['hybrid/rules-sagas'],
  },
  {
    name: 'lets a guard end a wait that only an event moves',
    breaks: 'TR120',
    file: 'hybrid/rules/sagas.ts',
    find: `    if (descriptor === '') return guard === undefined;\n`,
    replace: `    if (descriptor === '') return guard !== null;\n`,
    tests: ['hybrid/rules-sagas'],
  },
  {
    name: 'has a handler give way for what its text sends',
    breaks: 'TR105',
    file: 'hybrid/wired-actor.ts',
    find: `yielded.set(handler, this.#yielded[index] ?? []);`,
    replace: `yielded.set(handler, handler.yields ? [...this.#yielded.flat(), ...handler.sends] : []);`,
    tests: ['hybrid/corpus'],
  },
  {
    name: 'takes reading state for changing it',
    breaks: 'TR122',
    file: 'hybrid/handler-work.ts',
    find: 'const ASSIGNED = String.raw`\\s*(?:=(?![=>])|',
    replace: 'const ASSIGNED = String.raw`\\s*(?:=|',
    tests: ['hybrid/rules-undo'],
  },
  {
    name: 'calls steps independent where the second gets the whole context',
    breaks: 'TR125',
    file: 'hybrid/read-keys.ts',
    find: `    ownKeys: refuse,\n`,
    replace: '',
    tests: ['hybrid/rules-order'],
  },
];
