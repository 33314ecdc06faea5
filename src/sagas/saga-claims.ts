// What a saga claims: its `orchestrates` as rules for the router (K25).
import type { ClaimRule } from '../runtime/turn/behavior.ts';
import type { StartChild } from './child-contracts.ts';
import { refuse } from './saga-checks.ts';
import type { Binding, Saga, SagaSettings } from './saga.ts';

/** Undefined where it claims nothing, which is all that most messages ever ask. */
export function claimsOf({ orchestrates = [] }: SagaSettings): readonly ClaimRule[] | undefined {
  if (orchestrates.length === 0) return undefined;
  return orchestrates.map(entry =>
    typeof entry === 'function'
      ? { command: entry.type, key: undefined }
      : { command: entry.command.type, key: entry.key },
  );
}

/** The commands it claims, each once. */
export function commandsClaimed(options: SagaSettings): readonly string[] | undefined {
  const claims = claimsOf(options);
  return claims && [...new Set(claims.map(({ command }) => command))];
}

/** Only what may start an instance claims. */
export function claimsAt({ toInput }: Binding, options: SagaSettings): readonly ClaimRule[] | undefined {
  return toInput !== undefined || options.unknown === 'start' ? claimsOf(options) : undefined;
}

/** What the start by another saga claims: by the input, since the key of a child is the name of a step. */
export function claimsOfChild(options: SagaSettings): readonly ClaimRule[] | undefined {
  return claimsOf(options)?.flatMap(({ command, key }) =>
    key ? [{ command, key: (data: StartChild) => key(data.input as never) }] : [],
  );
}

/** A claim under the name of a step would match nothing, and nobody would be told. */
export function checkChildClaims({ name, options }: Saga): void {
  const keyless = claimsOf(options)?.find(({ key }) => key === undefined);
  if (!keyless) return;
  throw refuse(
    `The saga ${name} orchestrates ${keyless.command}, but another saga starts it, under a key of its own making`,
    `Use { command, key: input => … }, or let the saga that starts it orchestrate the command.`,
  );
}
