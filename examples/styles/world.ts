// The world outside of the shop: a bank and a post office, which do nothing twice for the same idempotency key.

/** What a task hands to whom it calls. */
interface Request {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** What the world has done for one order. */
interface Account {
  charges: number;
  refunds: number;
  readonly letters: string[];
}

/** No card pays more than this. */
export const CARD_LIMIT_CENTS = 1_000_000;

export class World {
  readonly #accounts: Record<string, Account> = {};
  readonly #answers = new Map<string, boolean>();

  of(orderId: string): Account {
    return (this.#accounts[orderId] ??= { charges: 0, refunds: 0, letters: [] });
  }

  /** Resolves to false where the card is declined. */
  charge({ orderId, cents }: { readonly orderId: string; readonly cents: number }, request: Request): Promise<boolean> {
    return this.#once(request, () => {
      if (cents > CARD_LIMIT_CENTS) return false;
      this.of(orderId).charges += 1;
      return true;
    });
  }

  refund(orderId: string, request: Request): Promise<boolean> {
    return this.#once(request, () => (this.of(orderId).refunds += 1) > 0);
  }

  write(orderId: string, text: string, request: Request): Promise<boolean> {
    return this.#once(request, () => this.of(orderId).letters.push(text) > 0);
  }

  async #once({ idempotencyKey, signal }: Request, work: () => boolean): Promise<boolean> {
    await Promise.resolve();
    signal.throwIfAborted();
    const answer = this.#answers.get(idempotencyKey) ?? work();
    this.#answers.set(idempotencyKey, answer);
    return answer;
  }
}
