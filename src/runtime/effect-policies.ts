// Checks what an app says about named effects against the handlers it has.
import { TroupeError } from './errors.ts';
import type { EffectPolicies } from './delivery/effect-rule.ts';
import type { Behavior } from './turn/behavior.ts';

const POLICIES: readonly unknown[] = ['warn', 'block', 'dead-letter'];
const SCOPES: readonly unknown[] = ['key', 'correlation'];
const OPTIONS: readonly string[] = ['policy', 'scope'];

/**
 * Refuses a policy for an effect that no handler has, which would guard nothing, and one that does not exist.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkPolicies(policies: EffectPolicies, behaviors: readonly Behavior[]): void {
  const given: unknown = policies;
  if (typeof given !== 'object' || given === null) {
    throw refuse('effects of defineApp is no object', "Write effects: { 'charge-card': 'block' }.");
  }
  const known = new Set(behaviors.flatMap(({ handlers }) => handlers.flatMap(({ effects = [] }) => effects)));
  for (const [effect, said] of Object.entries(given)) {
    if (effect !== '*' && !known.has(effect)) {
      const names =
        known.size === 0 ? 'Handlers name theirs with the option effect' : `There are ${[...known].join(', ')}`;
      throw refuse(`No handler has the effect '${effect}'`, `${names}. Correct the name, or remove its policy.`);
    }
    checkPolicy(effect, said);
  }
}

function checkPolicy(effect: string, said: unknown): void {
  const { policy, scope = 'key', ...rest } = toOptions(said);
  if (!POLICIES.includes(policy)) {
    throw refuse(`The effect '${effect}' has the policy ${JSON.stringify(policy)}`, `Use ${POLICIES.join(', ')}.`);
  }
  if (!SCOPES.includes(scope)) {
    throw refuse(`The effect '${effect}' has the scope ${JSON.stringify(scope)}`, `Use ${SCOPES.join(', ')}.`);
  }
  const unknown = Object.keys(rest)[0];
  if (unknown === undefined) return;
  throw refuse(`The effect '${effect}' has an unknown option '${unknown}'`, `Use ${OPTIONS.join(', ')}.`);
}

function toOptions(said: unknown): Readonly<Record<string, unknown>> {
  return typeof said === 'object' && said !== null ? { ...said } : { policy: said };
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. ${remedy}`);
}
