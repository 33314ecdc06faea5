// Makes a guard of its data, and the named one that machines have.
import { and, not, or, stateIn } from 'xstate';
import type { Saw } from './features.ts';
import type { GuardSpec } from './machine-spec.ts';

export interface GuardScope {
  /** The id of a state as XState looks it up; undefined for one that does not exist. */
  readonly idOf: (key: string) => string | undefined;
  readonly mayThrow: boolean;
}

export function guardOf(spec: GuardSpec, scope: GuardScope): any {
  switch (spec.kind) {
    case 'less':
      return ({ context }: any) => context.a % 10 < spec.than;
    case 'named':
      return { type: 'under', params: { than: spec.than } };
    case 'odd':
      return ({ event }: any) => (event.v ?? 0) % 2 === 1;
    case 'in': {
      const id = scope.idOf(spec.state);
      return id === undefined ? () => false : stateIn(id as never);
    }
    case 'and':
    case 'or':
    case 'not': {
      const guards = spec.of.map(one => guardOf(one, scope));
      if (guards.length === 0) return () => false;
      return spec.kind === 'and' ? and(guards) : spec.kind === 'or' ? or(guards) : not(guards[0]);
    }
    case 'throws':
      return ({ context }: any) => {
        if (context.a < spec.below && scope.mayThrow) throw new Error('thrown by a guard');
        return false;
      };
  }
}

/** The guards of every machine's setup. */
export function namedGuards(saw: Saw): object {
  return {
    under: ({ context }: any, { than }: any) => {
      saw('guard with params');
      return context.a % 10 < than;
    },
  };
}
