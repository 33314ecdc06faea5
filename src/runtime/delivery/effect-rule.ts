// Effect rules: what an app says about named effects, and what that means for each effect of a handler (K26).

/** What becomes of a second occurrence: it goes on and is reported, does not run, or becomes a dead letter. */
export type EffectPolicy = 'warn' | 'block' | 'dead-letter';

/** A policy, and within what an effect happens once. */
export interface EffectOptions {
  readonly policy: EffectPolicy;
  /** Once per key (the default), or once per key and conversation. */
  readonly scope?: 'key' | 'correlation' | undefined;
}

/** By the name of the effect; `*` stands for all that are not named. */
export type EffectPolicies = Readonly<Record<string, EffectPolicy | EffectOptions>>;

/** One effect of a handler with what holds for it. */
export interface EffectRule {
  readonly effect: string;
  readonly policy: EffectPolicy;
  readonly isPerConversation: boolean;
}

const NONE: EffectPolicies = {};

/** What holds for the effects of a handler; undefined where it has none. */
export function toEffectRules(
  effects: readonly string[] | undefined,
  policies: EffectPolicies = NONE,
): readonly EffectRule[] | undefined {
  if (effects === undefined || effects.length === 0) return undefined;
  return effects.map(effect => {
    const said = (Object.hasOwn(policies, effect) ? policies[effect] : policies['*']) ?? 'warn';
    const { policy, scope = 'key' } = typeof said === 'string' ? { policy: said } : said;
    return { effect, policy, isPerConversation: scope === 'correlation' };
  });
}
