// Effects: the ledger of named work as an operator sees it: who did what for which key, and who came second (K26).
import type { EffectPolicy } from './delivery/effect-rule.ts';
import { TroupeError } from './errors.ts';
import { checkQuery } from './trace/query.ts';
import type { EffectRow, EffectState } from './store/records.ts';
import { Act } from './turn/input.ts';
import type { Kernel } from './turn/kernel.ts';

/** One occurrence of a named effect. */
export interface EffectOccurrence {
  readonly id: number;
  readonly effect: string;
  readonly key: string;
  /** Empty, or the correlation id of the conversation within which the effect happens once. */
  readonly scope: string;
  /**
   * `running` and `done` hold the key; `failed` and `forgotten` have freed it; `repeated`, `blocked` and `dead-letter`
   * came second.
   */
  readonly state: EffectState;
  readonly messageId: string;
  /** Whose handler: `name/key`. */
  readonly address: string;
  readonly handler: string;
  /** When it began, in ms since 1970, UTC. */
  readonly time: number;
}

/** Two messages that wanted the same effect for the same key. */
export interface EffectRepeat {
  readonly effect: string;
  readonly key: string;
  readonly scope: string;
  /** What became of the second. */
  readonly policy: EffectPolicy;
  readonly first: EffectOccurrence;
  readonly second: EffectOccurrence;
}

/** Which occurrences, and how many: the oldest ones, 100 by default. */
export interface EffectQuery {
  readonly effect?: string | undefined;
  readonly key?: string | undefined;
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const ENDS: readonly EffectState[] = ['failed', 'forgotten', 'repeated', 'blocked', 'dead-letter'];
const STATES: readonly EffectState[] = ['running', 'done', ...ENDS];
const QUERY = { options: ['effect', 'key', 'state', 'limit'], words: ['state', STATES] } as const;
const REPEATS = { options: ['effect', 'key', 'limit'], words: ['state', STATES] } as const;
const POLICIES: Readonly<Partial<Record<EffectState, EffectPolicy>>> = { repeated: 'warn', blocked: 'block' };

/** The effect ledger of a runtime; `runtime.effects`. */
export class Effects {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * What was done or tried, the oldest first.
   *
   * @throws TroupeError `invalid-options`
   */
  list(query: EffectQuery & { readonly state?: EffectState | undefined } = {}): readonly EffectOccurrence[] {
    checkQuery('effects.list', query, QUERY);
    return this.#kernel.store.effects.list(query, query.limit ?? DEFAULT_LIMIT).map(row => this.#show(row));
  }

  /**
   * Every second occurrence with the one that was first, the oldest first.
   *
   * @throws TroupeError `invalid-options`
   */
  repeats(query: EffectQuery = {}): readonly EffectRepeat[] {
    checkQuery('effects.repeats', query, REPEATS);
    const { effect, key, limit = DEFAULT_LIMIT } = query;
    return this.#kernel.store.effects.repeats({ effect, key }, limit).map(({ first, second }) => ({
      effect: second.effect,
      key: second.key,
      scope: second.scope,
      policy: POLICIES[second.state] ?? 'dead-letter',
      first: this.#show(first),
      second: this.#show(second),
    }));
  }

  /**
   * Frees a key by hand, in all conversations; resolves when that is durable. What runs for it runs on.
   *
   * @throws TroupeError `not-found` where nobody holds it
   */
  async forget(effect: string, key: string): Promise<void> {
    const kernel = this.#kernel;
    const act = new Act(drain => {
      if (kernel.store.effects.forget(effect, key) === 0) {
        throw new TroupeError('not-found', `Nobody holds ${effect} for ${key}. Look at effects.list().`);
      }
      drain.afterCommit.push(() => kernel.logger.info({ effect, key }, 'effect forgotten'));
    });
    kernel.submit(act);
    await act.done;
  }

  #show({ id, effect, key, scope, state, message, subscription, address, time }: EffectRow): EffectOccurrence {
    const kernel = this.#kernel;
    const handler = kernel.subscription(subscription)?.handler.id ?? 'unknown';
    return { id, effect, key, scope, state, messageId: kernel.idOf(message), address, handler, time };
  }
}
