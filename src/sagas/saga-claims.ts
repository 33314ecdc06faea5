// What a saga claims: its `orchestrates` as rules for the router (K25).
import type { ClaimRule } from '../runtime/turn/behavior.ts';
import type { StartChild } from './child-contracts.ts';
import type { LeafDefinition } from './leaf.ts';
import { refuse } from './saga-checks.ts';
import type { Binding, SagaSettings } from './saga.ts';

/** Undefined where it claims nothing, which is all that most messages ever ask. */
function claimsOf({ orchestrates = [] }: SagaSettings): readonly ClaimRule[] | undefined {
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

/** What the start by another saga claims: a key function is asked with the input. */
export function claimsOfChild(options: SagaSettings): readonly ClaimRule[] | undefined {
  return claimsOf(options)?.map(({ command, key }) => ({
    command,
    key: key && ((data: StartChild) => key(data.input as never)),
  }));
}

/**
 * A child has a key of its parent's making unless the step says which: a claim under it would match nothing, and nobody
 * would be told.
 */
export function checkChildClaims(leaf: LeafDefinition): void {
  if (leaf.kind !== 'saga' || leaf.key !== undefined) return;
  const { name, options } = leaf.saga;
  const keyless = claimsOf(options)?.find(({ key }) => key === undefined);
  if (!keyless) return;
  throw refuse(
    `The saga ${name} orchestrates ${keyless.command} by its key, and another saga starts it without saying which`,
    `Use saga(${name}, { key }), or { command, key: input => … } in orchestrates.`,
  );
}
